"""Texts that speak of sites, addresses and files, and SSML, for the bodies of :mod:`documented_bodies`."""

from typing import Final

SPOKEN: Final = (
    "Visit www.example.org today!", "See https://example.org/docs?x=1&y=2 for the whole story.", "Write to jane@example.org.",
    "Our site is example.com/sale, our shop is shop.example.com:8443.", "Is it at 127.0.0.1, or at 10.0.0.1/24? At [::1]!",
    "Open 24/7, and/or by appointment; the ratio is 16:9.", "C:\\Users\\jane\\intro.mp4 is a path, so is /etc/hosts.",
    "TCP/IP, HTTP/2 and TLS 1.3 in v1.2/3 of Node.js and ASP.NET.", "Prices from $9.99 to 1.299,00 \u20ac, 50% off.",
    "Tom &amp; Jerry &lt;3 cheese; 2 < 3 && 5 > 4.", "I <3 you, x <y, and a<b.", "Caf\u00e9 \u2014 na\u00efve \u201cquotes\u201d, \U0001f600\U0001f680 emoji!",
    "\u65e5\u672c\u8a9e\u306e\u7269\u8a9e\u3002\u7d9a\u304d\u306f https://example.org/ja \u3067\u3002\u4fa1\u683c\uff1a\uff11\uff12\uff13\u5186\uff08\u7a0e\u8fbc\uff09\u3002",
    "\u0627\u0644\u0645\u0648\u0642\u0639 www.example.org \u0645\u062a\u0627\u062d \u0627\u0644\u0622\u0646.",
    "\u0939\u092e\u093e\u0930\u0940 \u0938\u093e\u0907\u091f www.example.org \u0939\u0948\u0964", "Line one.\nLine two.\r\n\tLine three.", "a.m./p.m., e.g. at 9:30.",
    "Dear {{first_name}}, welcome to {{company}}.", "Contact: Jane <jane@example.org> or <https://example.org/contact>.",
    "[Read more](https://example.org/more) in *Markdown*.", "(see http://example.net/page#top)", "ftp://files.example.net has the old files.",
    "Use git clone ssh://git@example.org/repo.git, or s3://bucket/key.", "\"https://example.org\" in quotes, 'www.example.org' too.",
    "Follow @example on example.social, #marketing.", "From 2026-12-01T00:00:00.000Z to 01/12/2026.", "mailto:jane@example.org and tel:+15550100.",
    "100%25 sure? https%3A%2F%2Fexample.org is percent-encoded.", "A very long word: " + "na" * 400, "The end.",
    "Look at example.com. Then at example.net! And at example.org?", "\\o/ \\u0041 is a letter; \\\\server\\share is a folder.",
    "function f(x) { return x / 2; } // halves it", "SELECT * FROM users WHERE name = 'jane';", "${PATH:-/usr/bin} costs $5.",
)  # fmt: skip

SSML: Final = (
    "<speak>Visit www.example.org <break time=\"500ms\"/> today.</speak>",
    "<speak version=\"1.0\" xmlns=\"http://www.w3.org/2001/10/synthesis\" xml:lang=\"en-US\">Hello.</speak>",
    "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xmlns:mstts='https://www.w3.org/2001/mstts' "
    "xml:lang='en-US'><mstts:express-as style='cheerful'>Hi!</mstts:express-as></speak>",
    "<speak><prosody rate=\"slow\" pitch=\"+5%\">Slowly, <emphasis level=\"strong\">now</emphasis>.</prosody></speak>",
    "<speak>On <say-as interpret-as=\"date\" format=\"dd.mm.yyyy\">01.12.2026</say-as> at https://example.org.</speak>",
    "<speak><phoneme alphabet=\"ipa\" ph=\"p\u026a\u02c8k\u0251\u02d0n\">pecan</phoneme>, <sub alias=\"World Wide Web\">WWW</sub></speak>",
    "<p><s>One.</s><s>Two at <w role=\"amazon:VB\">read</w>.</s></p>",
    "<speak><amazon:effect name=\"whispered\">jane@example.org</amazon:effect><mark name=\"end.of.it\"/></speak>",
    "<speak><audio src=\"https://media.example.org/ding.mp3\"/>Ding.</speak>",
)  # fmt: skip
