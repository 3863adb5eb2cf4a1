"""The pages to log in and out on, in the look of the page, without a script."""

from __future__ import annotations

from html import escape

_STYLE = """
:root { --paper: #faf9f6; --surface: #ffffff; --ink: #23262b; --soft: #5f6570; --edge: #85807a;
  --accent: #0b6b60; --on: #ffffff; --warn: #8a4b08; --warn-tint: #fdf3e3;
  color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --paper: #15171a; --surface: #1d2024; --ink: #e9e7e2;
  --soft: #a7acb4; --edge: #767c85; --accent: #6fd3c3; --on: #10211e; --warn: #f0b668;
  --warn-tint: #33291a; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px 16px;
  background: var(--paper); color: var(--ink);
  font: 16px/1.5 ui-sans-serif, system-ui, sans-serif; }
main { width: 100%; max-width: 360px; }
h1 { font-size: 21px; letter-spacing: -.02em; margin: 0 0 2px; }
p { margin: 0 0 20px; color: var(--soft); }
form { display: grid; gap: 6px; }
label { font-size: 14px; }
input { font: inherit; color: inherit; background: var(--surface); border: 1px solid var(--edge);
  border-radius: 9px; padding: 9px 12px; margin-bottom: 10px; width: 100%; }
button { font: inherit; font-weight: 600; min-height: 44px; border: 0; border-radius: 9px;
  background: var(--accent); color: var(--on); cursor: pointer; }
:is(input, button, a):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.wrong { color: var(--warn); background: var(--warn-tint); border-radius: 9px; padding: 9px 12px; }
a { color: var(--accent); }
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title} · askpapers</title>
<style>{style}</style></head>
<body><main><h1>askpapers</h1>
{content}
</main></body>
</html>
"""


def log_in_page(following: str, wrong: str = "", name: str = "") -> str:
    """The page to log in on, which leads to `following`; `wrong` is why a try failed."""
    told = f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
    # Whoever mistyped the password goes on with it.
    first, second = ("", " autofocus") if name else (" autofocus", "")
    return _page(
        "Log in",
        f"""<p>Log in to ask about the papers.</p>
{told}
<form method="post" action="/login">
<input type="hidden" name="next" value="{escape(following)}">
<label for="name">Name</label>
<input id="name" name="name" value="{escape(name[:64])}" autocomplete="username"
 autocapitalize="none" spellcheck="false" required{first}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password"
 required{second}>
<button type="submit">Log in</button>
</form>""",
    )


def log_out_page() -> str:
    """The page to log out on."""
    return _page(
        "Log out",
        """<form method="post" action="/logout"><button type="submit">Log out</button></form>
<p style="margin-top:16px"><a href="/">Back to the papers</a></p>""",
    )


def _page(title: str, content: str) -> str:
    return _PAGE.format(title=title, style=_STYLE, content=content)
