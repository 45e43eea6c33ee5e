/* Run a page's cells on this machine.  `course serve` adds this file to a chapter's
   page for a reader who came with the token; the published book does not have it.
   Thebe (editor, kernel, outputs) is loaded when the first cell is run. */
(() => {
  "use strict";

  const script = document.currentScript;
  const path = script.dataset.path;
  const folder = `chapters/${path.split("/")[0]}`;
  /** Seconds of each cell in the book's last execution here, by its text. */
  const times = JSON.parse(document.getElementById("live-times")?.textContent ?? "{}");
  const cells = [];
  let starting = null;
  let session = null;
  let turn = Promise.resolve();

  /** Answer from this machine what Thebe would ask of others. */
  function keepHome() {
    const usual = window.fetch.bind(window);
    window.fetch = (request, options) => {
      const address = String(request.url ?? request);
      if (address.includes("/require.js/")) {
        // ipywidgets come with Thebe; others would need a loader, and a network
        const none =
          "window.require = (names, found, failed) => failed?.(new Error(" +
          "'only the widgets of ipywidgets are shown here'));" +
          "window.require.config = () => {}; window.require.defined = () => false;" +
          "window.define = () => {};";
        return Promise.resolve(new Response(none));
      }
      return usual(request, options);
    };
  }

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  }

  function button(words, action) {
    const made = element("button", { type: "button", class: "live-button" }, words);
    made.addEventListener("click", action);
    return made;
  }

  function load(name, attributes) {
    return new Promise((resolve, reject) => {
      const made = element(name, attributes);
      made.onload = resolve;
      made.onerror = () => reject(new Error("a part of the page did not load"));
      document.head.append(made);
    });
  }

  /** Thebe shows Markdown as it is; the server turns it into HTML. */
  const markdownParser = {
    async render(text) {
      const cookie = document.cookie.match(/\b_xsrf=([^;]*)/);
      const answer = await fetch(`${location.origin}/live/markdown`, {
        method: "POST",
        headers: { "X-XSRFToken": cookie?.[1] ?? "" },
        body: text,
      });
      return answer.ok ? answer.text() : text.replaceAll("<", "&lt;");
    },
  };

  /** Find the cells whose code is on the page; figures stand in cells of their own. */
  function findCells() {
    for (const block of document.querySelectorAll(".bd-article div.cell")) {
      const code = block.querySelector(".cell_input pre");
      const outputs = [...block.querySelectorAll(".cell_output")];
      if (code) {
        const expected = times[code.textContent.trim()];
        const number = cells.length + 1;
        cells.push({ block, code, outputs, expected, number, ran: false });
      } else {
        cells.at(-1)?.outputs.push(...outputs);
      }
    }
  }

  /** Say what cells took together when the book was made; nothing where unknown. */
  function estimate(wanted) {
    const known = wanted.every((cell) => cell.expected !== undefined);
    const seconds = wanted.reduce((sum, cell) => sum + cell.expected, 0);
    if (!known || !wanted.length) {
      return "";
    }
    if (seconds < 1) {
      return "under 1 s";
    }
    const whole = Math.round(seconds);
    return seconds < 90 ? `about ${whole} s` : `about ${Math.round(seconds / 60)} min`;
  }

  function notRun(cell) {
    return cells.slice(0, cell.number - 1).filter((other) => !other.ran);
  }

  /** The button that runs all above says what that is, now. */
  function estimateAbove() {
    for (const cell of cells) {
      const words = estimate([...notRun(cell), cell]);
      cell.above.textContent =
        `Run all above, then this${words ? ` (${words})` : ""}`;
    }
  }

  function addBar(cell) {
    cell.run = button("Run", () => runOne(cell));
    cell.edit = button("Edit", () => edit(cell));
    cell.above = button("Run all above, then this", () => runAbove(cell));
    cell.stop = button("Stop", () => session?.kernel?.interrupt());
    cell.says = element("span", { role: "status", class: "live-says" });
    cell.cost = element("span", { class: "live-cost" }, estimate([cell]));
    cell.progress = element("progress", { "aria-label": "Time of this cell" });
    cell.stop.hidden = cell.progress.hidden = true;
    cell.above.hidden = cell.number === 1;
    const name = `Cell ${cell.number}`;
    cell.bar = element("div", { class: "live-bar", role: "group", "aria-label": name });
    cell.bar.append(
      cell.run, cell.cost, cell.edit, cell.above, cell.stop, cell.progress, cell.says,
    );
    const input = cell.block.querySelector(".cell_input");
    input.append(cell.bar);
    cell.place = element("div", { class: "live-output highlight mathjax_process" });
    input.after(cell.place);
  }

  function addTop() {
    const top = element("aside", { class: "live-top", "aria-label": "Running cells" });
    const says = element("span", { role: "status" });
    const again = button("Restart Python", async () => {
      if (!session) {
        return;
      }
      says.textContent = "Python restarts …";
      await session.kernel.restart();
      for (const cell of cells) {
        cell.ran = false;
        cell.says.textContent = "";
      }
      estimateAbove();
      says.textContent = "Python has restarted; it holds nothing.";
    });
    top.append(
      element("span", {}, "Cells of this page run on this machine, in ",
        element("code", {}, folder), "."),
      again,
      says,
    );
    document.querySelector(".bd-article h1")?.after(top);
  }

  async function start() {
    const home = `${location.origin}/live/`;
    keepHome();
    await load("link", { rel: "stylesheet", href: `${home}thebe/thebe.css` });
    await load("script", { src: `${home}thebe/index.js` });
    cells.forEach((cell) => cell.code.setAttribute("data-live-cell", ""));
    const made = await window.thebe.bootstrap({
      useBinder: false,
      requestKernel: true,
      selector: "[data-live-cell]",
      outputSelector: "[data-live-none]",
      mountRunButton: false,
      mountRunAllButton: false,
      mountRestartButton: false,
      mountRestartAllButton: false,
      mathjaxUrl: `${home}own/mathjax.js`,
      serverSettings: { baseUrl: `${location.origin}/`, token: "", appendToken: false },
      kernelOptions: { path, kernelName: "python3" },
      codeMirrorConfig: { lineNumbers: false, viewportMargin: Infinity },
    });
    session = made.session;
    if (!session) {
      throw new Error("no kernel started");
    }
    const boxes = document.querySelectorAll(".thebe-cell");
    cells.forEach((cell, index) => {
      cell.thebe = made.notebook.cells[index];
      cell.thebe.rendermime.markdownParser = markdownParser;
      cell.place.append(boxes[index].querySelector(".thebe-output"));
      cell.editor = boxes[index].querySelector(".CodeMirror").CodeMirror;
      // Tab leaves the editor, as it leaves any field; Enter indents by itself.
      cell.editor.setOption("extraKeys", {
        ...cell.editor.getOption("extraKeys"),
        "Shift-Enter": () => runOne(cell),
        Tab: false,
        "Shift-Tab": false,
      });
      const field = cell.editor.getInputField();
      field.setAttribute("aria-label", `Code of cell ${cell.number}`);
      cell.block.querySelector("details")?.addEventListener("toggle", () => {
        cell.editor.refresh(); // a folded editor has measured nothing
      });
      cell.edit.remove();
    });
    document.querySelectorAll(".cell_input .copybtn").forEach((old) => old.remove());
    requestAnimationFrame(() => cells.forEach((cell) => cell.editor.refresh()));
  }

  async function ready(cell) {
    if (!starting) {
      cell.says.textContent = "Python starts …";
      starting = start();
    }
    try {
      await starting;
      cell.says.textContent = "";
      return true;
    } catch (error) {
      cell.says.textContent =
        `Python did not start: ${error.message ?? error}. ` +
        "Is “course serve” still running? Then load this page again.";
      return false;
    }
  }

  async function edit(cell) {
    if (await ready(cell)) {
      cell.editor.focus();
    }
  }

  /** One cell after the other, whoever asked. */
  function inTurn(work) {
    turn = turn.then(work, work);
    return turn;
  }

  /** Thebe draws images without the words that came with them. */
  function nameImages(cell) {
    const words = cell.thebe.outputs
      .filter(({ data }) => data && !("text/html" in data) &&
        Object.keys(data).some((mime) => mime.startsWith("image/")))
      .map(({ metadata }) => metadata?.course_figure?.alt ?? "A figure without words");
    cell.place.querySelectorAll(".jp-RenderedSVG img, .jp-RenderedImage img")
      .forEach((image, index) => image.setAttribute("alt", words[index] ?? ""));
  }

  /** Fill a cell's bar by the clock, up to what all wanted cells will take; past
      that say only that they run.  Returns what ends it. */
  function watch(cell, wanted) {
    const begun = performance.now();
    const words = estimate(wanted);
    const expected = wanted.reduce((sum, other) => sum + other.expected, 0);
    const show = () => {
      const seconds = (performance.now() - begun) / 1000;
      if (expected > seconds) {
        cell.progress.value = seconds / expected;
      } else {
        cell.progress.removeAttribute("value");
      }
      cell.cost.textContent =
        `${Math.floor(seconds)} s` + (expected >= 1 ? ` of ${words}` : "");
    };
    cell.progress.hidden = false;
    show();
    const clock = setInterval(show, 500);
    return () => {
      clearInterval(clock);
      cell.progress.hidden = true;
      cell.cost.textContent = estimate([cell]);
    };
  }

  async function execute(cell) {
    cell.says.textContent = "runs …";
    cell.run.setAttribute("aria-disabled", "true"); // and it keeps the focus
    cell.stop.hidden = false;
    cell.block.setAttribute("aria-busy", "true");
    cell.outputs.forEach((output) => (output.hidden = true));
    const begun = performance.now();
    const watched = cell.progress.hidden ? watch(cell, [cell]) : () => {};
    const result = await cell.thebe.execute();
    watched();
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    cell.block.removeAttribute("aria-busy");
    cell.run.removeAttribute("aria-disabled");
    if (document.activeElement === cell.stop) {
      cell.run.focus();
    }
    cell.stop.hidden = true;
    const good = result !== null && !result.error;
    requestAnimationFrame(() => nameImages(cell));
    cell.ran = good;
    cell.place.classList.toggle("live-failed", !good);
    estimateAbove();
    cell.says.textContent = good ? `ran in ${seconds} s` : "ended with an error";
    return good;
  }

  async function runOne(cell) {
    if (cell.run.hasAttribute("aria-disabled") || !(await ready(cell))) {
      return;
    }
    await inTurn(() => execute(cell));
    const missing = notRun(cell);
    if (missing.length) {
      cell.says.textContent +=
        `; ${missing.length} above did not run: if a name is missing, ` +
        "run all above";
      cell.above.classList.add("live-offer");
    }
  }

  async function runAbove(cell) {
    if (cell.run.hasAttribute("aria-disabled") || !(await ready(cell))) {
      return;
    }
    const wanted = notRun(cell);
    const watched = watch(cell, [...wanted, cell]);
    for (const [index, other] of [...wanted, cell].entries()) {
      cell.says.textContent = `cell ${other.number} runs …`;
      if (!(await inTurn(() => execute(other)))) {
        if (other !== cell) {
          cell.says.textContent =
            `stopped: cell ${other.number} ended with an error`;
          other.block.scrollIntoView({ block: "center" });
        }
        break;
      }
      if (index === wanted.length) {
        cell.above.classList.remove("live-offer");
      }
    }
    watched();
  }

  findCells();
  if (cells.length) {
    addTop();
    cells.forEach(addBar);
    estimateAbove();
  }
})();
