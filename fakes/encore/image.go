package encore

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

// Size of a creative's image in pixels: Meta's 1.91 to 1.
const (
	imageWidth  = 800
	imageHeight = 418
)

// Places in the palette of an image.
const (
	ground = iota
	groundDark
	shapeOne
	shapeTwo
	ink
)

// PNG draws the image of a campaign's creatives: colours and shapes that
// depend on the campaign's id, the brand's initials, its name and, where the
// built-in font can write it, the title. 800 by 418 pixels; the same arguments
// give the same bytes.
func PNG(campaignID, title, brand string) ([]byte, error) {
	s := &samples{hash(0, "image", campaignID)}
	p := picture{image.NewPaletted(image.Rect(0, 0, imageWidth, imageHeight), palette(s))}
	p.stripes(s)
	for i := range 5 {
		p.disc(s, uint8(shapeOne+i%2))
	}
	p.text(initials(brand), 60, 70, 26, ink)
	p.line(drawable(brand), 290, 6)
	p.line(drawable(title), 350, 4)
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	err := encoder.Encode(&b, p.Paletted)
	return b.Bytes(), err
}

// palette picks a hue and its neighbours. Grounds are dark enough for the
// white ink on them to be read.
func palette(s *samples) color.Palette {
	hue := s.unit()
	return color.Palette{
		ground:     shade(hue, 0.62, 0.42),
		groundDark: shade(hue, 0.66, 0.34),
		shapeOne:   shade(hue+0.08, 0.70, 0.50),
		shapeTwo:   shade(hue+0.45, 0.55, 0.46),
		ink:        color.RGBA{255, 255, 255, 255},
	}
}

// shade is a colour by hue (in turns), saturation and value.
func shade(hue, saturation, value float64) color.RGBA {
	channel := func(n float64) uint8 {
		k := math.Mod(n+hue*6, 6)
		return uint8(255 * value * (1 - saturation*max(0, min(k, 4-k, 1))))
	}
	return color.RGBA{channel(5), channel(3), channel(1), 255}
}

// picture is the image while it is drawn. What falls outside is cut off.
type picture struct{ *image.Paletted }

// stripes fills the ground with slanted bands.
func (p picture) stripes(s *samples) {
	width := 40 + int(s.next()%80)
	slant := int(s.next() % 3)
	for y := range imageHeight {
		row := p.Pix[y*p.Stride : y*p.Stride+imageWidth]
		for x := range row {
			row[x] = uint8((x + slant*y) / width % 2)
		}
	}
}

// disc puts a disc somewhere on the right-hand side, clear of the initials.
func (p picture) disc(s *samples, colour uint8) {
	r := 30 + int(s.next()%80)
	cx, cy := 480+int(s.next()%300), int(s.next()%260)
	for y := max(cy-r, 0); y < min(cy+r, imageHeight); y++ {
		half := int(math.Sqrt(float64(r*r - (y-cy)*(y-cy))))
		p.run(cx-half, cx+half, y, colour)
	}
}

// run paints a horizontal line from x1 up to, not including, x2.
func (p picture) run(x1, x2, y int, colour uint8) {
	x1, x2 = max(x1, 0), min(x2, imageWidth)
	if y < 0 || y >= imageHeight || x1 >= x2 {
		return
	}
	row := p.Pix[y*p.Stride+x1 : y*p.Stride+x2]
	for i := range row {
		row[i] = colour
	}
}

// line writes a text from the left margin, smaller when it would not fit.
func (p picture) line(text string, y, scale int) {
	const margin = 60
	for scale > 2 && margin+len(text)*(glyphWidth+1)*scale > imageWidth {
		scale--
	}
	p.text(text, margin, y, scale, ink)
}

// text writes letters whose dots are squares of scale pixels.
func (p picture) text(text string, x, y, scale int, colour uint8) {
	for _, r := range text {
		for i, dot := range glyphs[r] {
			if dot != '#' {
				continue
			}
			row, column := i/(glyphWidth+1), i%(glyphWidth+1)
			left := x + column*scale
			for dy := range scale {
				p.run(left, left+scale, y+row*scale+dy, colour)
			}
		}
		x += (glyphWidth + 1) * scale
	}
}
