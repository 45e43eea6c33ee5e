/* Small helps on top of complete pages: nothing here is needed to read them. */
(() => {
  "use strict";

  const VERDICTS = [
    "reproduced",
    "direction only",
    "inconclusive",
    "contradicted",
    "too few seeds",
    "not testable here",
    "no record yet",
  ];

  /** Let the keyboard scroll whatever is wider than its place. */
  function reachScrollable() {
    const wide = document.querySelectorAll(
      ".bd-article pre, .bd-article div.math, .pst-scrollable-table-container, " +
        ".ledger, div.cell_output > .output.text_html, .bd-article mjx-container",
    );
    for (const element of wide) {
      if (element.scrollWidth > element.clientWidth + 1) {
        element.setAttribute("tabindex", "0");
      }
    }
  }

  function chooser(title, values) {
    const label = document.createElement("label");
    const select = document.createElement("select");
    label.append(title, select);
    for (const value of ["all", ...values]) {
      select.append(new Option(value, value));
    }
    return [label, select];
  }

  /** Filter the ledger by chapter and verdict. */
  function filterLedger() {
    const table = document.getElementById("ledger");
    if (!table) {
      return;
    }
    const rows = [...table.tBodies[0].rows];
    const chapters = [...new Set(rows.map((row) => row.dataset.chapter))];
    const found = new Set(rows.map((row) => row.dataset.verdict));
    const [chapterLabel, chapter] = chooser("Chapter", chapters);
    const [verdictLabel, verdict] = chooser(
      "Verdict",
      VERDICTS.filter((name) => found.has(name)),
    );
    const said = document.createElement("output");
    const box = document.createElement("form");
    box.className = "ledger-filter";
    box.setAttribute("aria-label", "Filter the claims");
    box.append(chapterLabel, verdictLabel, said);
    table.parentElement.before(box);

    const apply = () => {
      let shown = 0;
      for (const row of rows) {
        const fits =
          (chapter.value === "all" || row.dataset.chapter === chapter.value) &&
          (verdict.value === "all" || row.dataset.verdict === verdict.value);
        row.hidden = !fits;
        shown += fits ? 1 : 0;
      }
      said.textContent = `${shown} of ${rows.length} claims shown`;
    };
    box.addEventListener("submit", (event) => event.preventDefault());
    box.addEventListener("change", apply);
    apply();
  }

  function start() {
    filterLedger();
    reachScrollable();
    window.addEventListener("resize", reachScrollable);
    const mathematics = window.MathJax?.startup?.promise;
    mathematics?.then(reachScrollable);
  }

  if (document.readyState === "complete") {
    start();
  } else {
    window.addEventListener("load", start);
  }
})();
