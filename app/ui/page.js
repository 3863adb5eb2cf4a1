// Loaded by the page from this server. Without it the page only loses copying
// and the scrolling to a new question.

// A link within the page stays within it, whatever is in the address behind a "?".
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#"]');
  if (!link) return;
  event.preventDefault();
  location.hash = link.getAttribute("href");
  document.querySelector(".card:target a.number")?.focus({ preventScroll: true });
});

// Copies the answer with its sources as plain text, also where there is no clipboard interface
// (a page that is served without https to another machine).
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button.copy");
  if (!button) return;
  const text = button.closest(".message-content").querySelector(".plain").textContent;
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else copyBySelection(text);
  button.textContent = "Copied";
});

function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

// A new question moves to the top, and its answer grows below it and is read from its beginning.
let asked = 0;
new MutationObserver(() => {
  const questions = document.querySelectorAll("#chat .user-row");
  const answered = document.querySelector("#chat .message-row:last-child.bot-row");
  if (questions.length === asked || (questions.length && !answered)) return;
  asked = questions.length;
  questions[asked - 1]?.scrollIntoView({ block: "start" });
}).observe(document.documentElement, { childList: true, subtree: true });
