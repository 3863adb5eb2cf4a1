// Papers on the page: markers and their quotes, tables, files to save, copies.

// A marker opens the card of its paper, scrolls to its sentences and lights them.

let wanted = null;

document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#"]');
  if (link) {
    event.preventDefault(); // no entry in the history
    follow(link.getAttribute("href").slice(1));
    return;
  }
  const row = event.target.closest?.("table.papers tbody tr");
  if (row && !event.target.closest("input")) follow(row.querySelector("a.cite").getAttribute("href").slice(1));
});

function follow(address) {
  clearTimeout(soon);
  const [id, starts] = address.split(":");
  const [anchor, number] = id.split("-");
  if (!number) {
    document.body.classList.remove("sources-open");
    const goal = document.getElementById(id);
    goal?.scrollIntoView({ block: "nearest" });
    (goal?.matches("#question") ? box() : goal?.querySelector("a.cite"))?.focus({ preventScroll: true });
    return;
  }
  wanted = { id, starts: starts ? starts.split(",").map(Number) : [] };
  document.body.classList.add("sources-open");
  if (!light()) wish("doing", { do: "show", turn: Number(anchor.slice(1)), numbers: [Number(number)] });
}

function light() {
  const card = wanted && document.getElementById(wanted.id);
  if (!card) return false;
  for (const lit of document.querySelectorAll(".lit")) lit.classList.remove("lit");
  choosePaper(document.querySelector(`table.papers a[href^="#${wanted.id}:"], table.papers a[href="#${wanted.id}"]`));
  card.classList.add("lit");
  const marks = [...card.querySelectorAll("mark")].filter((mark) => wanted.starts.some((start) => holds(mark, start)));
  if (marks.length) card.querySelector("details")?.setAttribute("open", "");
  for (const mark of marks) mark.classList.add("lit");
  (marks[0] ?? card).scrollIntoView({ block: marks.length ? "center" : "nearest" });
  card.querySelector("a.number")?.focus({ preventScroll: true });
  wanted = null;
  return true;
}

// The row of a marker is the one whose paper is shown.
function choosePaper(link) {
  for (const row of document.querySelectorAll("table.papers tr.chosen")) row.classList.remove("chosen");
  link?.closest("tr").classList.add("chosen");
}

// Quotes that touch share one mark, whose id says where the first of them begins.
function holds(mark, start) {
  const begins = Number(mark.id.split("-").pop());
  return begins <= start && start < begins + mark.textContent.length;
}

new MutationObserver(() => {
  if (wanted) light();
  for (const table of document.querySelectorAll("table.papers:not(.ready)")) prepare(table);
  for (const box of document.querySelectorAll("#chat .scroller:not(.seen)")) watch(box);
  save();
  for (const row of document.querySelectorAll("#chat .message-row [aria-label*='message:']")) {
    row.setAttribute("aria-label", row.closest(".user-row") ? "Question" : "Answer"); // was all its markup
  }
}).observe(document.documentElement, { childList: true, subtree: true });

// Tables of papers: pages, order, ticks.

const ROWS = 10;
const rowsOf = (table) => [...table.tBodies[0].rows];
const barOf = (table) => table.closest(".answer").querySelector(".bar");

function prepare(table) {
  table.classList.add("ready");
  table.dataset.page = 0;
  for (const tick of table.querySelectorAll(".tick")) tick.setAttribute("aria-label", tick.title);
  show(table);
  tally(table);
}

function show(table) {
  const rows = rowsOf(table);
  const last = Math.ceil(rows.length / ROWS) - 1;
  const page = Math.min(Math.max(Number(table.dataset.page), 0), last);
  table.dataset.page = page;
  rows.forEach((row, place) => { row.hidden = Math.floor(place / ROWS) !== page; });
  const bar = barOf(table);
  if (!bar) return;
  bar.querySelector(".pages").hidden = last < 1;
  bar.querySelector(".where").textContent = `${page * ROWS + 1}–${Math.min((page + 1) * ROWS, rows.length)} of ${rows.length}`;
  const [back, on] = [bar.querySelector(".back"), bar.querySelector(".on")];
  const held = document.activeElement;
  back.disabled = page === 0;
  on.disabled = page === last;
  if (held === back && back.disabled) on.focus();
  if (held === on && on.disabled) back.focus();
}

// Beside another page or order of a table stands its first paper, where there is room beside it.
let soon = 0;
function showFirst(table) {
  const link = rowsOf(table).find((row) => !row.hidden)?.querySelector("a.cite");
  if (!link || getComputedStyle(find("#panel")).position === "fixed") return;
  const [anchor, number] = link.getAttribute("href").slice(1).split(":")[0].split("-");
  clearTimeout(soon);
  soon = setTimeout(() => {
    choosePaper(link);
    wish("doing", { do: "show", turn: Number(anchor.slice(1)), numbers: [Number(number)] });
  }, 200); // of quick presses only the last
}

// A table that is wider than its place can be scrolled by the keyboard.
const watched = new ResizeObserver((seen) => {
  for (const { target: { parentElement: box } } of seen) {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", "Table that scrolls sideways"]]) {
      if (scrolls) box.setAttribute(name, value);
      else box.removeAttribute(name);
    }
  }
});
function watch(box) {
  box.classList.add("seen");
  watched.observe(box.firstElementChild);
}

function sort(button) {
  const head = button.closest("th");
  const table = head.closest("table");
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const other of table.querySelectorAll("th")) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const text = (row) => row.cells[head.cellIndex].textContent.replace(/[[\]]/g, "");
  const order = new Intl.Collator("en", { numeric: true });
  const known = (row) => text(row) !== "–";
  const rows = rowsOf(table).sort((one, other) =>
    known(other) - known(one) || (down ? -1 : 1) * order.compare(text(one), text(other)));
  table.tBodies[0].append(...rows);
  table.dataset.page = 0;
  show(table);
  showFirst(table);
}

function tally(table) {
  const chosen = table.querySelectorAll("tbody .tick:checked").length;
  const bar = barOf(table);
  if (!bar) return;
  const compare = bar.querySelector(".compare");
  compare.disabled = chosen < 2 || chosen > 5;
  bar.querySelector(".ticked").textContent = chosen
    ? `${chosen} ticked: Export takes ${chosen === 1 ? "it" : "them"}, Compare takes 2 to 5.`
    : "Tick papers: any number to export, 2 to 5 to compare.";
  table.querySelector(".all").checked = chosen === table.tBodies[0].rows.length;
}

// The numbers of the papers that are ticked in the answer that a button belongs to.
function ticked(button) {
  const boxes = button.closest(".answer")?.querySelectorAll("tbody .tick:checked") ?? [];
  return [...boxes].map((one) => Number(one.value));
}

document.addEventListener("change", (event) => {
  const tick = event.target.closest?.("table.papers .tick");
  if (!tick) return;
  const table = tick.closest("table");
  if (tick.matches(".all")) for (const one of table.querySelectorAll("tbody .tick")) one.checked = tick.checked;
  tally(table);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("table.papers th")?.querySelector(".sort") ?? event.target.closest?.(".answer button");
  const table = button?.closest(".answer").querySelector("table.papers");
  if (!table) return;
  if (button.matches(".sort")) sort(button);
  if (button.matches(".page")) {
    table.dataset.page = Number(table.dataset.page) + (button.matches(".on") ? 1 : -1);
    show(table);
    showFirst(table);
  }
  if (button.matches(".compare")) ask({ ...JSON.parse(button.value), numbers: ticked(button) });
});

// Files that the server made, saved under the names that it gave them.

let saved = "";
function save() {
  const file = document.querySelector("#delivery .file");
  if (!file || file.id === saved) return;
  saved = file.id;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([file.textContent], { type: "text/plain;charset=utf-8" }));
  link.download = file.title;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// Copies as plain text, also where there is no clipboard interface (a page that is served without
// https to another machine).

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button.copy, button.cite-one");
  if (!button) return;
  const text = button.value || button.closest(".message-content").querySelector(".plain").textContent;
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else copyBySelection(text);
  flash(button, "Copied");
});

function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
