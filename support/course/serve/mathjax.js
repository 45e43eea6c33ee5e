/* Thebe speaks to MathJax 2, the book has MathJax 3: hand each text over. */
(() => {
  "use strict";
  const typeset = window.MathJax?.typesetPromise;
  let done = Promise.resolve();
  window.MathJax = Object.assign(window.MathJax ?? {}, {
    Ajax: {},
    InputJax: { TeX: { resetEquationNumbers() {} } },
    Hub: {
      Config() {},
      Configured() {},
      Register: { StartupHook: (_, then) => then() },
      Queue(...tasks) {
        for (const task of tasks) {
          if (typeof task === "function") {
            done = done.then(task);
          } else if (task[0] === "Typeset" && typeset) {
            done = done.then(() => typeset([task[2]])).catch(() => {});
          }
        }
      },
    },
  });
})();
