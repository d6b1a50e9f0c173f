package main

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// keepsTime is an integrator that knows when customers wrote last from a database
// and its machine's clock. It is the Python example but for that.
const keepsTime = `import os, sqlite3, sys, time
sys.path.insert(0, "examples/python")
import integrator

sqlite3.connect("app.db").execute("CREATE TABLE threads (customer TEXT PRIMARY KEY, last_inbound REAL)").connection.commit()

def due(conversation, message):
    with sqlite3.connect("app.db", timeout=20) as db:
        last = db.execute("SELECT last_inbound FROM threads WHERE customer = ?", [message["from"]]).fetchone()
        db.execute("REPLACE INTO threads VALUES (?, ?)", [message["from"], time.time()])
    return (last is None or time.time() - last[0] >= integrator.IDLE_GAP) and conversation.offers < integrator.CAP

integrator.Conversation.due = due
integrator.Server(("127.0.0.1", int(os.environ["PORT"])), integrator.Webhook).serve_forever()
`

// TestExamplesREADME plays the page of the examples: every command, and the Go
// code as it stands in the file that it names.
func TestExamplesREADME(t *testing.T) {
	t.Parallel()
	text := read(t, "../../examples/README.md")
	checkWords(t, "examples/README.md", text)
	code := dedented(read(t, "../../examples/go/clock_test.go"))
	for _, b := range blocksOf(text) {
		switch b.lang {
		case "go":
			if !strings.Contains(code, dedented(b.text)) {
				t.Errorf("examples/README.md:%d: examples/go/clock_test.go does not say so", b.line)
			}
		case "sh":
			for _, c := range typedIn(t, b.text) {
				t.Run(fmt.Sprintf("line %d %.60s", b.line, runtimeOf(c.script)), func(t *testing.T) {
					t.Parallel()
					installed(t, runtimeOf(c.script))
					if strings.Contains(c.script, "clock.mjs") {
						recentNode(t)
					}
					p := newPage(t, "examples/README.md")
					p.env = append(p.env, p.movedClock())
					write(t, p.dir+"/app.py", keepsTime)
					if _, err := exec.LookPath("sqlite3"); err != nil {
						p.tool("sqlite3", `exec python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[-2], timeout=5).execute(sys.argv[-1]).connection.commit()' "$@"`)
					}
					p.play(t, block{"sh", c.script, b.line}, nil)
				})
			}
		default:
			t.Errorf("examples/README.md:%d: nobody checks a block of %q", b.line, b.lang)
		}
	}
}

// movedClock gives the clock of examples/node/clock.mjs a port that is free.
func (m *machine) movedClock() string {
	m.Helper()
	addr := freePort(m.T)
	m.move("127.0.0.1:3999", addr)
	return "CLOCK_PORT=" + addr[strings.LastIndex(addr, ":")+1:]
}

// runtimeOf is the program that a command of the page starts.
func runtimeOf(script string) string {
	for _, runtime := range []string{"node", "php", "python3"} {
		if strings.Contains(script, " "+runtime+" ") {
			return runtime
		}
	}
	return "go"
}

// dedented is code without the blanks at the beginning of its lines.
func dedented(code string) string {
	lines := strings.Split(code, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}
