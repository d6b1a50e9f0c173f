package encore

import "math"

// Count is what is known of how a campaign has done.
type Count struct {
	Impressions int64 `json:"impressions"`
	Clicks      int64 `json:"clicks"`
}

// Counts holds a Count by campaign id; a campaign that is missing has none. A
// nil map is fine. Choose only reads it.
type Counts map[string]Count

// compareAtMost is how many campaigns one request compares. When more are
// eligible, the list is cut into so many equal stretches and a hash takes one
// campaign of each, so that every campaign has the same chance to be compared
// and the cost stays the same.
const compareAtMost = 16

// pick is Thompson sampling: each campaign draws from the distribution that
// its clicks allow for its click rate, Beta(1+clicks, 1+impressions-clicks),
// and the highest draw times weight wins. The draws are hashes.
func pick(candidates []candidate, base uint64, counts Counts) *candidate {
	n := min(len(candidates), compareAtMost)
	var best *candidate
	highest := math.Inf(-1)
	for i := range n {
		from, to := i*len(candidates)/n, (i+1)*len(candidates)/n
		c := &candidates[from+int(mix(base+uint64(i))%uint64(to-from))]
		if draw := c.draw(base, counts); draw > highest {
			best, highest = c, draw
		}
	}
	return best
}

func (c *candidate) draw(base uint64, counts Counts) float64 {
	count := counts[c.campaign.ID]
	clicks := max(count.Clicks, 0)
	s := samples{base ^ c.hash}
	return weightOf(c.campaign.Weight) * s.beta(1+float64(clicks), 1+float64(max(count.Impressions-clicks, 0)))
}

// creative draws one creative, each as often as its weight says.
func (c *candidate) creative(base uint64) *Creative {
	last := len(c.creatives) - 1
	total := 0.0
	for _, creative := range c.creatives {
		total += weightOf(creative.Weight)
	}
	s := samples{mix(base) ^ c.hash}
	left := s.unit() * total
	for _, creative := range c.creatives[:last] {
		if left -= weightOf(creative.Weight); left < 0 {
			return creative
		}
	}
	return c.creatives[last]
}

func weightOf(weight float64) float64 {
	if weight == 0 {
		return 1
	}
	return weight
}

// beta draws from Beta(a, b), a and b at least 1. Without clicks or without
// misses the distribution has a closed form, which is most of a fresh catalog.
func (s *samples) beta(a, b float64) float64 {
	if b == 1 {
		return math.Pow(s.unit(), 1/a)
	}
	if a == 1 {
		return 1 - math.Pow(s.unit(), 1/b)
	}
	x := s.gamma(a)
	return x / (x + s.gamma(b))
}

// gamma draws from Gamma(shape, 1), shape at least 1 (Marsaglia and Tsang,
// "A simple method for generating gamma variables", 2000).
func (s *samples) gamma(shape float64) float64 {
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := s.normal()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if math.Log(s.unit()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// normal draws from the standard normal distribution (Box and Muller).
func (s *samples) normal() float64 {
	return math.Sqrt(-2*math.Log(s.unit())) * math.Cos(2*math.Pi*s.unit())
}
