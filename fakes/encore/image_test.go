package encore

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"
)

func draw(t *testing.T, id, title, brand string) ([]byte, image.Image) {
	t.Helper()
	data, err := PNG(id, title, brand)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("PNG(%q, %q, %q) is no PNG: %v", id, title, brand, err)
	}
	return data, picture
}

func TestPNG(t *testing.T) {
	t.Parallel()
	first, picture := draw(t, "2c643fc5", "3 months free", "Tonewillow")
	if got, want := picture.Bounds(), image.Rect(0, 0, 800, 418); got != want {
		t.Errorf("size %v, want %v", got, want)
	}
	if again, _ := draw(t, "2c643fc5", "3 months free", "Tonewillow"); !bytes.Equal(first, again) {
		t.Error("the same arguments gave two pictures")
	}
	_, other := draw(t, "f7a1be25", "3 months free", "Tonewillow")
	if picture.At(0, 417) == other.At(0, 417) {
		t.Error("two campaigns have the same ground colour")
	}
	for name, c := range map[string]struct{ title, brand string }{
		"another title":              {"4 months free", "Tonewillow"},
		"another brand":              {"3 months free", "Kinovale"},
		"no title the font can show": {"音楽が4か月無料", "Tonewillow"},
	} {
		if data, _ := draw(t, "2c643fc5", c.title, c.brand); bytes.Equal(first, data) {
			t.Errorf("%s gave the same picture", name)
		}
	}
}

func TestPNGTakesAnyText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", " ", "\xff\xfe", strings.Repeat("W", 5000), "👩‍👩‍👧 Ünï"} {
		draw(t, text, text, text)
	}
}

func TestInkIsReadable(t *testing.T) {
	t.Parallel()
	for i := range 200 {
		colours := palette(&samples{hash(uint64(i))})
		for _, place := range []int{ground, groundDark} {
			r, g, b, _ := colours[place].RGBA()
			if bright := (299*r + 587*g + 114*b) / 1000 >> 8; bright > 128 {
				t.Errorf("ground %d of seed %d has brightness %d, too bright for white letters", place, i, bright)
			}
		}
	}
}

func TestFontIsWellFormed(t *testing.T) {
	t.Parallel()
	for letter, rows := range glyphs {
		fields := strings.Split(rows, " ")
		if len(fields) != glyphHeight || strings.Trim(rows, ".# ") != "" {
			t.Errorf("%q has %d rows of dots, want %d", letter, len(fields), glyphHeight)
		}
		for _, row := range fields {
			if len(row) != glyphWidth {
				t.Errorf("%q has a row %q of %d dots, want %d", letter, row, len(row), glyphWidth)
			}
		}
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for brand, want := range map[string]string{
		"Tonewillow": "T", "Morrowlark Lane": "ML", "tony's pizza place": "TP", "音楽 Box": "B", "": "", "7-Seas": "7S",
	} {
		if got := initials(brand); got != want {
			t.Errorf("initials(%q) = %q, want %q", brand, got, want)
		}
	}
}

func BenchmarkPNG(b *testing.B) {
	for b.Loop() {
		if _, err := PNG("2c643fc5-91cb-4b0a-ba0a-0536c2c4f871", "3 months free", "Tonewillow"); err != nil {
			b.Fatal(err)
		}
	}
}
