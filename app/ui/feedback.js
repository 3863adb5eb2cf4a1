// What a visitor says of an answer: a thumb, and for one that was not helpful what was wrong.

const MOST_LISTED = 30; // papers of a long list that can be called wrong one by one

let pressed = null; // what is on its way

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("#chat button.thumb");
  if (!button) return;
  const what = JSON.parse(button.value);
  const said = what.liked ? what : await asked(button, what);
  if (!said) return;
  pressed = said;
  wish("judging", said);
});

// What was wrong, as the visitor says it; nothing where the dialog is left.
async function asked(button, what) {
  const parts = {};
  const sure = await dialog({
    heading: "What was wrong?",
    text: "It is kept with the papers on the machine that serves this page, and goes nowhere else. No other visitor sees it.",
    confirm: "Send",
    fill: (form) => form.append(...fields(button, parts)),
  });
  if (!sure) return null;
  return {
    ...what,
    numbers: parts.papers.filter((tick) => tick.checked).map((tick) => Number(tick.value)),
    missing: parts.missing.value.slice(0, 500),
    not_said: parts.notSaid.checked,
    text: parts.comment.value.slice(0, 2000),
  };
}

function fields(button, parts) {
  const answer = button.closest(".answer");
  const papers = cited(answer);
  const wrong = make("fieldset", {});
  const list = make("div", { className: "ticks" });
  wrong.append(make("legend", { textContent: papers.length === 1 ? "Wrong paper" : "Wrong papers" }));
  const chosen = new Set([...answer.querySelectorAll("tbody .tick:checked")].map((tick) => tick.value));
  parts.papers = papers.map(([number, title]) => {
    const tick = make("input", { type: "checkbox", value: number, checked: chosen.has(number) });
    list.append(labelled(tick, `[${number}] ${title}`));
    return tick;
  });
  wrong.append(list);
  parts.notSaid = make("input", { type: "checkbox" });
  parts.missing = make("input", { type: "text", maxLength: 500 });
  parts.comment = make("textarea", { rows: 3, maxLength: 2000 });
  return [
    ...(papers.length ? [wrong] : []),
    labelled(parts.notSaid, "Not in the abstract: the papers do not say this"),
    under(parts.missing, "Missing paper: its title, name or id"),
    under(parts.comment, "Comment"),
  ];
}

// Numbers and titles of the papers that an answer cites, as its markers tell them.
function cited(answer) {
  const found = new Map();
  for (const marker of answer.querySelectorAll("a.cite")) found.set(marker.textContent.replace(/\D/g, ""), marker.title);
  return [...found].slice(0, MOST_LISTED);
}

function labelled(control, text) {
  const label = make("label", { className: "tickable" });
  label.append(control, make("span", { textContent: text }));
  return label;
}

function under(control, text) {
  const label = make("label", { className: "field" });
  label.append(make("span", { textContent: text }), control);
  return label;
}

function mark({ turn, liked }) {
  for (const thumb of document.querySelectorAll("#chat button.thumb")) {
    const what = JSON.parse(thumb.value);
    if (what.turn === turn) thumb.classList.toggle("given", what.liked === liked);
  }
}

// The server tells whether it was kept; the thumb that was pressed then looks so.
let last = "";
new MutationObserver(() => {
  const told = find("#judged .md")?.textContent.trim() ?? "";
  if (told && told !== last) {
    last = told;
    const well = told.endsWith(" kept") && !told.endsWith("not kept");
    say(well ? "Thank you: it is kept." : "It could not be kept just now, perhaps since papers are being added. Try again in a moment.");
    if (well && pressed) mark(pressed);
    pressed = null;
  }
  for (const thumb of document.querySelectorAll("#chat button.thumb")) {
    const now = String(thumb.classList.contains("given"));
    if (thumb.getAttribute("aria-pressed") !== now) thumb.setAttribute("aria-pressed", now);
  }
}).observe(document.documentElement, { childList: true, subtree: true, characterData: true, attributeFilter: ["class"] });
