// Loaded by the page from this server: questions on their way to it, and what is typed meanwhile.

const find = (selector) => document.querySelector(selector);
const box = () => find("#question textarea");
const LONGEST = 2000; // characters of a question

// Wishes: JSON in a hidden field, which the server listens to.

let sent = 0;
function wish(field, what) {
  const input = find(`#${field} textarea, #${field} input`);
  if (input) type(input, JSON.stringify({ ...what, n: ++sent }));
}

function type(input, text) {
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

// One question at a time: others wait here until the server says that it has finished. The first
// wait until it has brought back what the browser kept, since that takes the chat's place.

let busy = true;
let waiting = [];
let editing = 0;

function ask(what) {
  if (busy) waiting.push(what);
  else {
    busy = true;
    wish("asking", what);
  }
  told();
}

new MutationObserver(() => {
  const now = find("#finished .md")?.textContent.trim(); // beside it Gradio tells seconds
  // What arrives before the chat is drawn would not be shown.
  if (!now || now === document.body.dataset.finished || !find("#chat .bubble-wrap")) return;
  const first = !document.body.dataset.finished;
  document.body.dataset.finished = now;
  busy = false;
  if (first) askFromAddress();
  if (!busy && waiting.length) ask(waiting.shift());
  told();
}).observe(document.documentElement, { childList: true, subtree: true, characterData: true });

// "?q=…" asks once; a reload finds the answer among what the browser kept.
function askFromAddress() {
  const address = new URL(location.href);
  const question = address.searchParams.get("q")?.trim();
  if (!question) return;
  address.searchParams.delete("q");
  history.replaceState(null, "", address);
  ask({ do: "ask", text: question });
}

// The box is emptied in the moment of sending, so that nothing typed after it is lost.
function submit() {
  const text = box().value.trim();
  if (!text || text.length > LONGEST) return told();
  type(box(), "");
  ask({ do: "ask", text, turn: editing });
  editing = 0;
  told();
}

function stop() {
  const unsent = waiting.map((what) => what.text).filter(Boolean);
  waiting = [];
  if (unsent.length && !box().value) type(box(), unsent.join("\n"));
  find("#question .stop-button")?.click();
  told();
}

// A line under the box, for what cannot be seen otherwise.
function told() {
  const length = box()?.value.trim().length ?? 0;
  const lines = [];
  if (length > LONGEST) {
    lines.push(`${length.toLocaleString("en")} of at most ${LONGEST.toLocaleString("en")} characters: shorten it to ask.`);
  }
  if (editing) lines.push(`This takes the place of question ${editing} and what follows it. Escape keeps it.`);
  if (waiting.length) lines.push(`${waiting.length} more asked; Stop takes back.`);
  let hint = find("#hint");
  if (!hint) {
    hint = document.createElement("p");
    hint.id = "hint";
    hint.setAttribute("role", "status");
    find("#question")?.after(hint);
  }
  if (hint.textContent !== lines.join(" ")) hint.textContent = lines.join(" ");
  const button = find("#question .submit-button");
  if (button) button.disabled = length > LONGEST;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return leave();
  if (event.target !== box() || event.key !== "Enter") return;
  if (event.shiftKey || event.isComposing) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  submit();
}, true);

function leave() {
  if (find("dialog[open]")) return; // which closes by itself
  if (find("#question .stop-button")) stop();
  else if (document.body.classList.contains("sources-open")) document.body.classList.remove("sources-open");
  else if (editing) editing = 0;
  told();
}

document.addEventListener("input", (event) => event.target === box() && told());

document.addEventListener("click", (event) => {
  if (event.target.closest?.("#question .submit-button")) {
    event.stopImmediatePropagation();
    submit();
    box().focus();
  } else if (event.target.closest?.("#new-chat")) {
    waiting = [];
    editing = 0;
  } else if (event.target.closest?.("#close-sources button")) document.body.classList.remove("sources-open");
}, true);

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button.act");
  if (!button || button.matches(".compare, .thumb, #library *")) return;
  if (button.classList.contains("edit")) return edit(button);
  const what = JSON.parse(button.value);
  if (what.do === "export") wish("doing", { ...what, numbers: ticked(button) });
  else ask(what);
  button.closest("details")?.removeAttribute("open");
});

function edit(button) {
  editing = JSON.parse(button.value).turn;
  type(box(), button.closest(".message").querySelector("p").innerText);
  box().focus();
  told();
}

// A new question moves to the top, and its answer grows below it and is read from its beginning.
let asked = 0;
new MutationObserver(() => {
  const questions = document.querySelectorAll("#chat .user-row");
  const answered = find("#chat .message-row:last-child.bot-row");
  if (questions.length === asked || (questions.length && !answered)) return;
  asked = questions.length;
  questions[asked - 1]?.scrollIntoView({ block: "start" });
}).observe(document.documentElement, { childList: true, subtree: true });
