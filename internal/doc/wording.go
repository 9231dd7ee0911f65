package doc

import (
	"fmt"
	"strings"

	"github.com/trellis-authz/trellis/diag"
)

func code(r rune) string { return fmt.Sprintf("the character U+%04X", r) }

// badByte says it of a file that can be saved, or of a text that was sent.
func badByte(c byte, format string) string {
	advice := "save the file as UTF-8"
	if format == "json" {
		advice = "send the text as UTF-8"
	}
	return fmt.Sprintf("the byte 0x%02X is not valid UTF-8: %s", c, advice)
}

func badEncoding(encoding, format string) string {
	if format == "json" {
		return "the text is written in " + encoding + ": send it as UTF-8"
	}
	return "the file is written in " + encoding + ": save it as UTF-8"
}

func tooLarge(size, most int) string {
	return fmt.Sprintf("the document is %d bytes long, and at most %d are read: split it, or leave out what it need not hold", size, most)
}

func tooDeep(most int) string {
	return fmt.Sprintf("mappings and lists are nested deeper than %d levels: write this less deeply", most)
}

// single returns text as a YAML scalar in single quotes, on one line.
func single(text string) string {
	if strings.Contains(text, "\n") {
		lines := strings.Split(text, "\n")
		for i, l := range lines {
			lines[i] = strings.TrimSpace(l)
		}
		text = strings.Join(lines, " ")
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// brief shortens text that a message shows; the caret shows where the rest of it is.
func brief(text string) string {
	const most = 200
	runes := []rune(text)
	if len(runes) > most {
		return diag.Printable(string(runes[:most])) + "…"
	}
	return diag.Printable(text)
}

const tabIndents = "a tab cannot indent a line: use spaces"

const openQuote = "this quote is never closed: end the text with the same quote, or put the whole of it in the other kind"

// quoteAdvice says why YAML does not read a text as it was meant, and shows it as it can be written.
func quoteAdvice(reason, key, text string) string {
	what, before := "the text", ""
	if key == "when" {
		what = "the condition"
	}
	if key != "" {
		before = brief(key) + ": "
	}
	if reason == colonInText && key != "when" && strings.Contains(text, "\n") {
		return "YAML takes this and the next line for one text: put a comma at the end of this line, or the text in quotes"
	}
	if reason == dashFirst && key != "when" {
		return fmt.Sprintf("an item of a list cannot stand on the line of its key: start it on the next line, or put the text in quotes, %s%s", before, brief(single(text)))
	}
	if key == "when" && strings.Contains(text, "\n") && strings.Contains(text, "//") { // on one line its comment would take in the rest
		return fmt.Sprintf("YAML %s: write the condition on lines of its own behind |", reason)
	}
	return fmt.Sprintf("YAML %s: put %s in quotes, %s%s", reason, what, before, brief(single(unquoted(reason, text))))
}

// unquoted returns a text without the quotes that its author put around it, of a kind that it holds, too. Its first quote
// is the author's when what the next one ends is followed by a letter: "org.plan == "x"" holds no text followed by x.
func unquoted(reason, text string) string {
	if reason != afterQuote || len(text) < 3 || text[len(text)-1] != text[0] {
		return text
	}
	if close := quoteEnd(text, 0); close > 0 && close < len(text) && (nameAt(text, close) || text[close] == text[0]) {
		return text[1 : len(text)-1]
	}
	return text
}

func aliasMessage(text string) string {
	return fmt.Sprintf("%s is an alias, and aliases are not read: write out what it stands for, or put the text in quotes if it is one", diag.Quote(text))
}

func keyAdvice(reason, key string) string {
	return fmt.Sprintf("YAML %s: put the key in quotes, %s", reason, brief(single(key)))
}

func anchorMessage(text string) string {
	return fmt.Sprintf("%s is an anchor, and anchors are not read: leave it out, or put the text in quotes if it is one", diag.Quote(text))
}

func tagMessage(text string) string {
	return fmt.Sprintf("%s is a tag, and tags are not read: leave it out, or put the text in quotes if it is one", diag.Quote(text))
}
