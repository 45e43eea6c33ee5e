/* Thebe speaks to MathJax 2, the book has MathJax 3: hand each text over. */
(() => {
  "use strict";
  const typeset = window.MathJax?.typesetPromise;
  let done = Promise.resolve();

  /** Dollars mark mathematics in Markdown, and mean nothing to the book's MathJax. */
  function mark(node) {
    const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      if (!text.parentElement.closest("pre, code")) {
        text.data = text.data
          .replace(/\$\$([^$]+)\$\$/g, "\\[$1\\]")
          .replace(/\$([^$\n]+)\$/g, "\\($1\\)");
      }
    }
  }

  async function show(node) {
    mark(node);
    await typeset([node]);
  }

  window.MathJax = Object.assign(window.MathJax ?? {}, {
    Ajax: {},
    InputJax: { TeX: { resetEquationNumbers() {} } },
    Hub: {
      Config() {},
      Configured() {},
      Register: { StartupHook: (_, then) => then() },
      Queue(...tasks) {
        for (const task of tasks) {
          if (task[0] === "Typeset" && typeset) {
            done = done.then(() => show(task[2])).catch(() => {});
          }
        }
      },
    },
  });
})();
