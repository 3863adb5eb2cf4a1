// What is asked before something happens, and told after it happened.

let dialogs = 0;

// A dialog with a heading, what `fill` puts into its form, and two buttons. Gives whether it was
// confirmed; Escape and Cancel do not confirm.
function dialog({ heading, text, fill, confirm, careful }) {
  const box = make("dialog", { className: "asked" });
  const form = make("form", { method: "dialog" });
  const title = make("h2", { textContent: heading, id: `dialog-${++dialogs}` });
  box.setAttribute("aria-labelledby", title.id);
  const cancel = make("button", { textContent: "Cancel", className: "tool", type: "button" });
  const done = make("button", { textContent: confirm, className: "tool sure", value: "yes" });
  form.append(title, make("p", { textContent: text }));
  fill?.(form);
  const row = make("p", { className: "choices" });
  row.append(cancel, done);
  form.append(row);
  box.append(form);
  document.body.append(box);
  cancel.addEventListener("click", () => box.close(""));
  box.showModal();
  if (careful) cancel.focus();
  return new Promise((answered) => box.addEventListener("close", () => {
    answered(box.returnValue === "yes");
    box.remove();
  }));
}

function make(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

// A line at the foot of the page that is read out, and goes again.
let fading = 0;
function say(text) {
  const line = status("said");
  line.textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => { line.textContent = ""; }, 8000);
}

// What a press has done stands on its button for a moment, and is read out.
const FOR_A_MOMENT = 2000; // milliseconds
const changed = new WeakMap();
function flash(button, text) {
  clearTimeout(changed.get(button)?.timer);
  const before = changed.get(button)?.before ?? button.textContent;
  button.textContent = text;
  const line = status("heard");
  line.className = "spoken";
  line.textContent = text;
  const timer = setTimeout(() => {
    button.textContent = before;
    line.textContent = "";
    changed.delete(button);
  }, FOR_A_MOMENT);
  changed.set(button, { before, timer });
}

function status(id) {
  const there = document.getElementById(id);
  if (there) return there;
  const line = make("p", { id });
  line.setAttribute("role", "status");
  document.body.append(line);
  return line;
}
