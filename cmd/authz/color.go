package main

// palette colors words, or leaves them as they are.
type palette bool

// newPalette decides on color: only on a terminal that can show it, and not where the user wants none
// (https://no-color.org).
func newPalette(terminal bool, getenv func(string) string) palette {
	return palette(terminal && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb")
}

func (p palette) green(s string) string { return p.paint("\x1b[32m", s) }
func (p palette) red(s string) string   { return p.paint("\x1b[31m", s) }

func (p palette) paint(code, s string) string {
	if !p {
		return s
	}
	return code + s + "\x1b[0m"
}

// verdict is green for a yes and red for a no.
func (p palette) verdict(yes bool, s string) string {
	if yes {
		return p.green(s)
	}
	return p.red(s)
}
