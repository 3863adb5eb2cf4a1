// Each tab of the browser keeps a chat of its own. Gradio's BrowserState lies in localStorage, which all
// tabs share: of what it keeps as the chat, a tab writes a copy into its own sessionStorage and reads
// that one first. localStorage holds what was written last, which a new tab or a restarted browser
// finds. Loaded before Gradio reads.
{
  const CHAT = "askpapers";
  const { getItem, setItem, removeItem } = Storage.prototype;
  const isChat = (storage, key) => key === CHAT && storage === localStorage;

  function copy(text) {
    try {
      setItem.call(sessionStorage, CHAT, text);
    } catch {
      removeItem.call(sessionStorage, CHAT); // too large: better none than an old one
    }
  }

  Storage.prototype.getItem = function (key) {
    if (!isChat(this, key)) return getItem.call(this, key);
    const own = getItem.call(sessionStorage, key);
    if (own !== null) return own;
    const newest = getItem.call(this, key);
    if (newest !== null) copy(newest);
    return newest;
  };

  Storage.prototype.setItem = function (key, text) {
    if (isChat(this, key)) copy(text);
    setItem.call(this, key, text);
  };
}
