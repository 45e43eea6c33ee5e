"""Show quizzes as plain HTML: radio buttons, and a fold that answers the choice.

Nothing here needs a script.  A style sheet lets the open fold show the reason of
the chosen answer alone; without it, or in print, it shows all of them.
"""

from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from support.course.project.errors import CourseError
from support.course.project.quizzes import Answer, parse

LETTERS = "abcdef"


class Tag(nodes.General, nodes.Element):
    """One HTML element around its children."""


def element(name: str, /, *children: nodes.Node, **attributes: str) -> Tag:
    node = Tag("", *children)
    if "id" in attributes:
        node["ids"] = [attributes.pop("id")]
    node["tag"], node["attributes"] = name, attributes
    return node


class Quiz(SphinxDirective):
    """A question with one right answer, each answer with its reason."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar = {"name": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        name = self.options.get("name", "")
        try:
            quiz = parse(self.arguments[0], name, list(self.content))
        except CourseError as error:
            raise self.error(str(error)) from error
        asked = self.env.__dict__.setdefault("book_quizzes", {})
        place = f"{self.env.docname}:{self.lineno}"
        if asked.setdefault(name, place) != place:
            raise self.error(f"{name}: two quizzes have this name; {asked[name]}")
        number = 1 + sum(
            at.startswith(f"{self.env.docname}:")
            and int(at.rsplit(":", 1)[1]) < self.lineno
            for at in asked.values()
        )
        heading = element(
            "span", nodes.Text(f"Question {number}. "), CLASS="quiz-number"
        )
        rows, replies = [], []
        for letter, answer in zip(LETTERS, quiz.answers, strict=False):
            rows.append(self._choice(name, letter, answer))
            replies.append(self._reply(letter, answer))
        summary = element("summary", nodes.Text("Check the answer"))
        first = element("p", nodes.Text("Choose an answer first."), CLASS="quiz-none")
        return [
            element(
                "fieldset",
                element("legend", heading, *self._words(quiz.question)),
                *self._blocks(quiz.lead),
                *rows,
                element("details", summary, first, *replies, CLASS="quiz-reply"),
                CLASS="quiz",
                id=name,
            )
        ]

    def _choice(self, name: str, letter: str, answer: Answer) -> nodes.Node:
        key = f"{name}-{letter}"
        radio = element("input", type="radio", name=name, id=key, value=letter)
        order = nodes.Text(f"{letter})\N{NO-BREAK SPACE}")
        label = element("label", order, *self._words(answer.text))
        label["attributes"]["for"] = key
        return element("div", radio, label, CLASS="quiz-answer")

    def _reply(self, letter: str, answer: Answer) -> nodes.Node:
        verdict = f"{letter}) is right." if answer.right else f"{letter}) is wrong."
        kind = "quiz-right" if answer.right else "quiz-wrong"
        said = element("p", element("strong", nodes.Text(verdict)))
        return element("div", said, *self._blocks(answer.why), CLASS=f"quiz-why {kind}")

    def _words(self, text: str) -> list[nodes.Node]:
        inline, messages = self.state.inline_text(text, self.lineno)
        return [*inline, *messages]

    def _blocks(self, text: str) -> list[nodes.Node]:
        container = nodes.Element()
        if text:
            self.state.nested_parse(text.splitlines(), self.content_offset, container)
        return list(container.children)


def open_tag(writer: object, node: Tag) -> None:
    attributes = dict(node["attributes"])
    if node["tag"] == "input":
        writer.body.append(writer.emptytag(node, "input", "\n", **attributes))
        raise nodes.SkipNode
    writer.body.append(writer.starttag(node, node["tag"], "", **attributes))


def close_tag(writer: object, node: Tag) -> None:
    writer.body.append(f"</{node['tag']}>\n")


def forget(app: Sphinx, env: object, docname: str) -> None:
    asked = env.__dict__.setdefault("book_quizzes", {})
    for name in [key for key, at in asked.items() if at.startswith(f"{docname}:")]:
        del asked[name]


def setup(app: Sphinx) -> dict:
    app.add_node(Tag, html=(open_tag, close_tag))
    app.add_directive("quiz", Quiz)
    app.connect("env-purge-doc", forget)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
