/* The search: the field's words lead to chapters, and a result says what it is about.
   Sphinx finds pages by its index; this adds the words that `words.js` names, puts
   lessons first, takes snippets from scripts, which also load from a file, and asks
   whether one of these words was meant where nothing is found. */
(() => {
  "use strict";

  const LESSON = /^chapters\/\w+\/lesson$/;
  const LAST = /\/(?:benchmark|exercises)$|^book\/bibliography$/;
  const [AROUND, BEFORE] = [240, 90];  // letters of a snippet, and before a word
  const texts = {};
  const waiting = {};

  const stemmer = new Stemmer();
  const stems = (text) =>
    splitQuery(text.toLowerCase())
      .filter((word) => !stopwords.includes(word))
      .map((word) => stemmer.stemWord(word));

  /** How much of a chapter's word a query names: 1 for all, 0 where not all fits. */
  function share(query, word) {
    const asked = stems(query);
    const named = stems(word);
    const fits = asked.length > 0 && asked.every((stem) => named.includes(stem));
    return fits ? asked.length / named.length : 0;
  }

  /** The chapters that a query names in the field's words, as Sphinx lists results. */
  function chapters(query) {
    const { docnames, titles, filenames } = Search._index;
    return Object.entries(bookSearch.words).flatMap(([page, words]) => {
      const best = Math.max(0, ...words.map((word) => share(query, word)));
      const place = docnames.indexOf(page);
      return best >= 0.5 && place >= 0
        ? [[page, titles[place], "", null, 100 * best, filenames[place]]]
        : [];
    });
  }

  /** How many letters differ between two words: changed, added or left out. */
  function distance(one, other) {
    let row = [...Array(other.length + 1).keys()];
    [...one].forEach((letter, i) => {
      const next = [i + 1];
      [...other].forEach((its, j) => {
        next.push(Math.min(row[j] + (letter !== its), row[j + 1] + 1, next[j] + 1));
      });
      row = next;
    });
    return row[other.length];
  }

  /** The nearest of the field's words, of whose letters a quarter may be wrong. */
  function meant(query) {
    const asked = query.trim().toLowerCase();
    return [...new Set(Object.values(bookSearch.words).flat())]
      .map((word) => [distance(asked, word.toLowerCase()), word])
      .filter(([far, word]) => far <= word.length / 4)
      .sort(([one], [other]) => one - other)
      .slice(0, 3)
      .map(([, word]) => word);
  }

  /** Offer words in the place of one that is found nowhere. */
  function suggest(words) {
    const links = words.flatMap((word, place) => {
      const link = document.createElement("a");
      link.href = `?q=${encodeURIComponent(word)}`;
      link.textContent = word;
      return place ? [", ", link] : [link];
    });
    Search.status.after(paragraph("search-meant", "Did you mean ", ...links, "?"));
  }

  /** Lessons before the book's pages, and these before exercises and benchmarks. */
  function rank([page, , anchor, , score]) {
    const kind = LESSON.test(page) ? 2 : LAST.test(page) ? -2 : 0;
    return score + kind + (anchor ? 0 : 0.5);
  }

  // Sphinx shows the last first, and a page once for each way of finding it.
  const found = Search._performSearch;
  Search._performSearch = (query, ...terms) => {
    const all = [...found(query, ...terms), ...chapters(query)];
    const others = all.length ? [] : meant(query);
    if (others.length) {
      suggest(others);
    }
    all.sort((one, other) => rank(other) - rank(one));
    const seen = new Set();
    return all
      .filter(([page, , anchor]) => {
        const again = seen.has(page) && (!anchor || seen.has(page + anchor));
        seen.add(page).add(page + anchor);
        return !again;
      })
      .reverse();
  };

  /** Called by the script of a page's texts. */
  bookSearch.text = (page, text) => {
    texts[page] = text;
    (waiting[page] || []).forEach((show) => show(text));
  };

  function load(page, show) {
    if (texts[page]) {
      show(texts[page]);
    } else if (waiting[page]) {
      waiting[page].push(show);
    } else {
      waiting[page] = [show];
      const script = document.createElement("script");
      script.src = `_static/search/${page}.js`;
      document.head.append(script);
    }
  }

  function paragraph(name, ...children) {
    const made = document.createElement("p");
    made.className = name;
    made.append(...children);
    return made;
  }

  /** Where words begin with one of these, which hold letters and numbers alone. */
  function beginning(words) {
    return new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join("|")})`, "giu");
  }

  /** The first place of a text where the words stand, with all of them marked. */
  function snippet(text, words) {
    const pattern = beginning(words);
    const place = text.search(pattern);
    if (place < 0) {
      return null;
    }
    let start = Math.max(0, place - BEFORE);
    start = start && text.indexOf(" ", start) + 1;
    const end = Math.min(text.length, start + AROUND);
    const shown = [start ? "… " : ""];
    let last = start;
    for (const match of text.slice(start, end).matchAll(pattern)) {
      const at = start + match.index;
      const mark = document.createElement("mark");
      const whole = /^[\p{L}\p{N}]*/u.exec(text.slice(at + match[0].length))[0];
      mark.textContent = match[0] + whole;
      shown.push(text.slice(last, at), mark);
      last = at + mark.textContent.length;
    }
    shown.push(text.slice(last, Math.max(last, end)), end < text.length ? " …" : "");
    return paragraph("context", ...shown);
  }

  /** Say under a result what the page is about, and where the words stand. */
  function explain(item) {
    const [page, anchor] = item.querySelector("a").getAttribute("href").split("#");
    const query = new URLSearchParams(location.search).get("q") || "";
    const words = [...new Set([...splitQuery(query.toLowerCase()), ...stems(query)])]
      .filter((word) => !stopwords.includes(word));
    const hits = ([ids, text]) =>
      words.filter((word) => beginning([word]).test(text)).length +
      (ids.includes(anchor) ? words.length : 0);
    load(page.replace(/\.html$/, ""), ({ about, parts }) => {
      if (about) {
        item.append(paragraph("search-about", about));
      }
      const ordered = [...parts].sort((one, other) => hits(other) - hits(one));
      const best = words.length && ordered.length && snippet(ordered[0][1], words);
      if (best) {
        item.append(best);
      }
    });
  }

  const box = document.getElementById("search-results");
  const watch = new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      [...addedNodes].filter((node) => node.nodeName === "LI").forEach(explain);
    }
  });
  watch.observe(box, { childList: true, subtree: true });
})();
