package storetest

import (
	"time"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// agendaCases are about what is to be looked at.
func agendaCases() []testCase {
	return []testCase{
		{
			name: "what is due comes in order, to one who asks", reason: "webhooks of a dead replica are taken over by one of the others",
			check: dueOnce,
		},
		{
			name: "the earliest reminder counts", reason: "a webhook that is due later does not put off one that is due now",
			check: func(b *bench) {
				b.remind("a", 10)
				b.remind("a", 5)
				b.remind("a", 20)
				b.wantDue(4, 100)
				b.wantDue(5, 100, "a")
				b.wantDue(99, 200)
			},
		},
		{
			name: "what was looked at is forgotten or comes again", reason: "ten thousand workspaces that are idle cost nothing",
			check: lookedAt,
		},
		{
			name: "a reminder that comes while one looks is not forgotten", reason: "the webhook may be committed after the look",
			check: remindedMeanwhile,
		},
	}
}

// second is a moment so many seconds after the first.
func second(n int64) time.Time { return time.Unix(1_700_000_000+n, 0).UTC() }

func (b *bench) remind(name string, at int64) {
	b.Helper()
	if err := b.Remind(b.Context(), name, second(at)); err != nil {
		b.Fatal(err)
	}
}

// due takes what is due at a moment and puts it off until another.
func (b *bench) due(now, again int64, limit int) []store.Reminder {
	b.Helper()
	due, err := b.Due(b.Context(), second(now), second(again), limit)
	if err != nil {
		b.Fatal(err)
	}
	return due
}

func (b *bench) wantDue(now, again int64, want ...string) []store.Reminder {
	b.Helper()
	due := b.due(now, again, 10)
	var names []string
	for _, r := range due {
		names = append(names, r.Name)
	}
	b.diff("what is due", want, names)
	return due
}

func (b *bench) looked(r store.Reminder, next time.Time) {
	b.Helper()
	if err := b.Looked(b.Context(), r, next); err != nil {
		b.Fatal(err)
	}
}

func dueOnce(b *bench) {
	b.remind("late", 9)
	b.remind("early", 1)
	b.remind("middle", 5)
	b.wantDue(0, 100)
	if due := b.due(9, 100, 2); len(due) != 2 || due[0].Name != "early" || due[1].Name != "middle" {
		b.Errorf("the first two of three are %v, want early and middle", due)
	}
	b.wantDue(9, 100, "late")
	b.wantDue(99, 200)
	b.wantDue(100, 200, "early", "late", "middle")
}

func lookedAt(b *bench) {
	b.remind("a", 1)
	b.remind("b", 2)
	due := b.wantDue(5, 10, "a", "b")
	b.looked(due[0], time.Time{})
	b.looked(due[1], second(7))
	b.wantDue(6, 20)
	b.wantDue(100, 200, "b")
	b.looked(store.Reminder{Name: "never reminded of"}, time.Time{})
	b.wantDue(199, 300)
}

func remindedMeanwhile(b *bench) {
	b.remind("a", 1)
	due := b.wantDue(5, 10, "a")
	b.remind("a", 50)
	b.looked(due[0], time.Time{})
	b.wantDue(9, 20)
	due = b.wantDue(10, 20, "a")
	b.remind("a", 12)
	b.looked(due[0], second(500))
	b.wantDue(12, 20, "a")
	due = b.wantDue(20, 30, "a")
	b.remind("a", 60)
	b.looked(due[0], second(25))
	b.wantDue(24, 40)
	b.wantDue(25, 40, "a")
}
