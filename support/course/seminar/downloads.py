"""What the book's pages give to download: a chapter's notebooks that run anywhere."""

from support.course.book.stage import joined
from support.course.project.project import Project
from support.course.seminar.materials import Materials, package
from support.course.seminar.plain import citations
from support.course.seminar.write import students_archive

__all__ = ["downloads"]


def downloads(project: Project) -> dict[str, bytes]:
    """Pack each chapter for students: notebooks, what they read, the package.

    Args:
        project: whose chapters, all of them executed.

    Returns:
        Archives by their paths in the staged tree of the book.

    Raises:
        CourseError: a chapter was not executed, or its code has changed since.
    """
    cited = citations(project)
    sources = {f"package/{name}": data for name, data in package(project).items()}
    found = {}
    for chapter in project.chapters:
        notebooks = {stem: joined(project, chapter, stem)[0] for stem in chapter.stems}
        item = Materials(chapter, notebooks, {}, cited, None, None)
        files = {**item.edition("student"), **sources}
        name = f"extra/downloads/{chapter.slug}-students.zip"
        found[name] = students_archive(chapter, files)
    return found
