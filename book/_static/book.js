/* Small helps on top of complete pages: nothing here is needed to read them. */
(() => {
  "use strict";

  const VERDICTS = [
    "reproduced",
    "direction only",
    "inconclusive",
    "contradicted",
    "not testable here",
    "holds",
    "fails",
    "found",
    "undecided",
    "not found",
    "too few seeds",
    "no record yet",
  ];

  /** Let the keyboard scroll whatever is wider than its place. */
  function reachScrollable() {
    const wide = document.querySelectorAll(
      ".bd-article pre, .bd-article div.math, .pst-scrollable-table-container, " +
        ".ledger, div.cell_output > .output.text_html, .bd-article mjx-container, " +
        ".bd-article .panels",
    );
    for (const element of wide) {
      if (element.scrollWidth > element.clientWidth + 1) {
        element.setAttribute("tabindex", "0");
      }
    }
  }

  /** A labelled list of choices; the first is what a reader finds. */
  function chooser(title, options) {
    const label = document.createElement("label");
    const select = document.createElement("select");
    label.append(title, select);
    for (const [text, value] of options) {
      select.append(new Option(text, value));
    }
    return [label, select];
  }

  /** The filters that a table names, where there is more than one thing to choose. */
  function filters(table, rows) {
    const found = [];
    for (const [key, title] of Object.entries(table.dataset)) {
      if (!key.startsWith("filter")) {
        continue;
      }
      const name = key.slice("filter".length).toLowerCase();
      let values = [...new Set(rows.map((row) => row.dataset[name]))];
      if (name === "verdict") {
        values = VERDICTS.filter((verdict) => values.includes(verdict));
      }
      if (values.length > 1) {
        const options = ["all", ...values].map((value) => [value, value]);
        const [label, select] = chooser(title, options);
        found.push({ name, label, select });
      }
    }
    return found;
  }

  /** What a row is sorted by: the number behind a cell, or its text. */
  function key(row, column) {
    const cell = row.cells[column];
    const value = cell.dataset.value;
    return value === undefined ? cell.textContent.trim() : Number(value);
  }

  /** Numbers before words, empty cells last whichever way. */
  function compare(one, other, sign) {
    const blank = (value) => value === "–" || value === "";
    if (blank(one) || blank(other)) {
      return blank(one) - blank(other);
    }
    if (typeof one !== typeof other) {
      return typeof one === "number" ? -1 : 1;
    }
    const order =
      typeof one === "number"
        ? one - other
        : one.localeCompare(other, "en", { numeric: true });
    return sign * order;
  }

  /** Buttons in the headers, and a list for where the headers do not show. */
  function sorting(table, rows, say) {
    const heads = [...table.tHead.rows[0].cells];
    const names = heads.map((head) => head.textContent);
    const options = [["as given", ""]];
    names.forEach((name, column) => {
      options.push([`${name}, ascending`, `${column} 1`]);
      options.push([`${name}, descending`, `${column} -1`]);
    });
    const [label, select] = chooser("Sort", options);
    label.className = "sort-list";

    const apply = () => {
      const [column, sign] = select.value.split(" ").map(Number);
      const sorted = [...rows];
      if (select.value) {
        sorted.sort((a, b) => compare(key(a, column), key(b, column), sign));
      }
      table.tBodies[0].append(...sorted);
      heads.forEach((head, place) => {
        head.removeAttribute("aria-sort");
        if (select.value && place === column) {
          head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
        }
      });
      const way = sign > 0 ? "ascending" : "descending";
      say(select.value ? `sorted by ${names[column]}, ${way}` : "");
    };
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort-button";
      button.textContent = names[column];
      button.addEventListener("click", () => {
        const turns = [`${column} 1`, `${column} -1`, ""];
        select.value = turns[(turns.indexOf(select.value) + 1) % turns.length];
        apply();
      });
      head.replaceChildren(button);
    });
    select.addEventListener("change", apply);
    return label;
  }

  /** Let a reader filter and sort a table of results. */
  function enliven(table) {
    const rows = [...table.tBodies[0].rows];
    const choices = filters(table, rows);
    const box = document.createElement("form");
    const said = document.createElement("output");
    let order = "";
    box.className = "ledger-filter";
    box.setAttribute("aria-label", `Filter and sort: ${table.caption.textContent}`);

    const apply = () => {
      let shown = 0;
      for (const row of rows) {
        const fits = choices.every(
          ({ name, select }) =>
            select.value === "all" || row.dataset[name] === select.value,
        );
        row.hidden = !fits;
        shown += fits ? 1 : 0;
      }
      const count = `${shown} of ${rows.length} ${table.dataset.noun} shown`;
      said.textContent = order ? `${count}, ${order}` : count;
      reachScrollable();
    };
    const list = sorting(table, rows, (text) => {
      order = text;
      apply();
    });
    box.append(...choices.map(({ label }) => label), list, said);
    table.closest(".ledger").before(box);
    box.addEventListener("submit", (event) => event.preventDefault());
    box.addEventListener("change", apply);
    apply();
  }

  /** Paper is white whatever the screen: print in the light theme. */
  function printLight() {
    const root = document.documentElement;
    let theme;
    window.addEventListener("beforeprint", () => {
      theme = root.dataset.theme;
      root.dataset.theme = "light";
    });
    window.addEventListener("afterprint", () => {
      root.dataset.theme = theme;
    });
  }

  /** A link to a row opens the fold that the row lies in. */
  function openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const fold = target?.closest("details.fold");
    if (fold && !fold.open) {
      fold.open = true;
      target.scrollIntoView();
    }
  }

  function start() {
    printLight();
    openTarget();
    window.addEventListener("hashchange", openTarget);
    document.querySelectorAll("table.ledger-table[data-noun]").forEach(enliven);
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
