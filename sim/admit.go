package sim

import "context"

// admit lets the operation's own gate hold a valid call back, or turn it away,
// before anything is decided. It waits outside the commit, on the workspace's
// clock. The function it returns gives the place up again.
func (s *Sandbox) admit(ctx context.Context, p *passage) (leave func()) {
	c := p.call
	if c.op == nil || p.refused != nil || p.invalid != nil {
		return func() {}
	}
	gate := c.Fake.Operations[c.Operation].Admit
	if gate == nil {
		return func() {}
	}
	leave, p.turned = gate(ctx, c)
	return leave
}
