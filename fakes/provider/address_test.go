package provider_test

import (
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/provider"
)

func TestIsWebAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"https://shop.example/a.png": true, "http://127.0.0.1:3000/x": true, "HTTPS://SHOP.EXAMPLE": true, "http://[::1]/": true,
		"ftp://shop.example/a": false, "shop.example/a.png": false, "https://": false, "http://:80/": false, "//shop.example": false, "": false, "http://%zz": false,
	} {
		if got := provider.IsWebAddress(text); got != want {
			t.Errorf("%q is one: %v, want %v", text, got, want)
		}
	}
}

func TestHeaderFormat(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://a.example/v.mp4": "VIDEO", "https://a.example/V.MOV": "VIDEO", "https://a.example/menu.pdf?sig=a.png": "DOCUMENT", "https://a.example/a.txt": "DOCUMENT",
		"https://a.example/a.png": "IMAGE", "https://a.example/": "IMAGE", "https://%zz": "IMAGE",
	} {
		got, known := provider.HeaderFormat(address)
		if got != want || known != (want != "IMAGE") {
			t.Errorf("%s is %s, known %v; want %s", address, got, known, want)
		}
	}
}
