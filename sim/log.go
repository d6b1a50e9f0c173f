package sim

import (
	"context"
	"log/slog"
)

// One record an exchange, with its number in the journal, where there is all the
// rest. Bodies, headers and queries are not logged: there are secrets in them.

// logCall tells of a call when it has been answered.
func (s *Sandbox) logCall(ctx context.Context, p *passage, o *outcome, end Ended) {
	if !s.log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	c := p.call
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs, slog.Int64("exchange", end.N), slog.String("workspace", c.Workspace.Name), slog.String("direction", In))
	if c.Fake != nil {
		attrs = append(attrs, slog.String("fake", c.Fake.Name))
	}
	for _, known := range [][2]string{{"operation", c.Operation}, {"thread", p.thread}} {
		if known[1] != "" {
			attrs = append(attrs, slog.String(known[0], known[1]))
		}
	}
	attrs = append(attrs, slog.String("method", c.Method),
		slog.Int("status", o.answer.Status), slog.String("outcome", end.Outcome), slog.Duration("took", end.Duration))
	if o.hit != nil {
		attrs = append(attrs, slog.String("fault", o.hit.ID))
	}
	if o.duplicate {
		attrs = append(attrs, slog.Bool("repeated", true))
	}
	s.log.LogAttrs(ctx, slog.LevelInfo, "exchange", attrs...)
}

// logAttempt tells of an attempt to deliver a webhook.
func (o *outbox) logAttempt(thread string, e outboxEntry, end Ended, status int, reason string) {
	ctx := context.Background()
	if !o.s.log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	attrs := []slog.Attr{
		slog.Int64("exchange", end.N), slog.String("workspace", o.ws.Name), slog.String("direction", Out), slog.String("fake", e.Fake),
		slog.String("operation", e.Event), slog.String("thread", thread), slog.Int("attempt", e.Attempt), slog.Int("status", status),
		slog.String("outcome", end.Outcome), slog.Duration("took", end.Duration),
	}
	if reason != "" {
		attrs = append(attrs, slog.String("reason", reason))
	}
	o.s.log.LogAttrs(ctx, slog.LevelInfo, "exchange", attrs...)
}
