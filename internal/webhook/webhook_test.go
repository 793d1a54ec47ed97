package webhook_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/webhook"
)

func TestIsPublic_SpecialPurposeNetworks(t *testing.T) {
	t.Parallel()
	for _, a := range []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
		"192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "100::1",
	} {
		if webhook.IsPublic(netip.MustParseAddr(a)) {
			t.Errorf("%s counts as public", a)
		}
	}
	for _, a := range []string{"8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450:400f::1"} {
		if !webhook.IsPublic(netip.MustParseAddr(a)) {
			t.Errorf("%s does not count as public", a)
		}
	}
}

func TestCheckURL_RejectsPrivate(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]collaboration.Code{
		"https://example.com/hook?x=1":         "",
		"https://8.8.8.8/":                     "",
		"http://example.com/":                  collaboration.CodePrivateAddress,
		"https://localhost/":                   collaboration.CodePrivateAddress,
		"https://localhost./":                  collaboration.CodePrivateAddress,
		"https://a.Localhost/":                 collaboration.CodePrivateAddress,
		"https://:443/":                        collaboration.CodeInvalidFormat,
		"https://127.0.0.1:8080/":              collaboration.CodePrivateAddress,
		"https://[::1]/":                       collaboration.CodePrivateAddress,
		"https://[::ffff:10.0.0.1]/":           collaboration.CodePrivateAddress,
		"ftp://example.com/":                   collaboration.CodeInvalidFormat,
		"https://":                             collaboration.CodeInvalidFormat,
		"//example.com/":                       collaboration.CodeInvalidFormat,
		"https://me:secret@example.com/":       collaboration.CodeInvalidFormat,
		"https://example.com/#x":               collaboration.CodeInvalidFormat,
		"https://example.com/ x":               collaboration.CodeInvalidFormat,
		"https://" + strings.Repeat("a", 2000): collaboration.CodeInvalidFormat,
	} {
		if got := webhook.CheckURL(url, false); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
	if got := webhook.CheckURL("http://localhost:1/", true); got != "" {
		t.Errorf("in development: %q", got)
	}
}

// FuzzCheckURL checks that an accepted URL has no private address.
func FuzzCheckURL(f *testing.F) {
	for _, seed := range []string{"https://example.com/hook?x=1", "https://8.8.8.8/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://[fe80::1%25eth0]/", "https://localhost./", "https://LOCALHOST", "https://127.1/",
		"https://0x7f.1/", "https://2130706433/", "https://example.com:443@10.0.0.1/", "https://example.com\\@10.0.0.1/", "https:/\\10.0.0.1", "https://%31%30.0.0.1/", "https://１０.0.0.1/", "https://:443/", "https://a\x00b/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if webhook.CheckURL(s, false) != "" {
			return
		}
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(s, " \r\n\t") {
			t.Fatalf("%q was accepted: %v", s, err)
		}
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && !webhook.IsPublic(a) {
			t.Errorf("%q was accepted", s)
		}
		if name := strings.ToLower(strings.TrimRight(u.Hostname(), ".")); name == "localhost" || strings.HasSuffix(name, ".localhost") {
			t.Errorf("%q was accepted", s)
		}
		if _, err := http.NewRequest(http.MethodPost, s, nil); err != nil {
			t.Errorf("%q was accepted, and cannot be called: %v", s, err)
		}
	})
}

func post(url string) collaboration.WebhookPost {
	return collaboration.WebhookPost{URL: url, Secret: "whsec_" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef")), Event: "a:1", Body: []byte("{}")}
}

// A host name can resolve to a private address after CheckURL. The sender checks the address
// of the connection, so no request arrives.
func TestPost_RejectsPrivateAddress(t *testing.T) {
	t.Parallel()
	called := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called++ }))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1"} {
		_, err := webhook.NewSender(false).Post(t.Context(), post("http://"+host+":"+port+"/"), time.Now())
		if code := collaboration.CodeOf(err); code != collaboration.CodePrivateAddress && code != collaboration.CodeWebhookUnreachable {
			t.Errorf("%s: %v", host, err)
		}
	}
	if called != 0 {
		t.Errorf("called %d times", called)
	}
	if _, err := webhook.NewSender(true).Post(t.Context(), post(server.URL), time.Now()); err != nil || called != 1 {
		t.Errorf("in development: %v, called %d times", err, called)
	}
}

func TestPost_MapsResponses(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer elsewhere.Close()
	for name, tt := range map[string]struct {
		status int
		header map[string]string
		gone   bool
		code   collaboration.Code
		wait   time.Duration
	}{
		"ok":         {200, nil, false, "", 0},
		"no content": {204, nil, false, "", 0},
		"gone":       {410, nil, true, "", 0},
		"redirect":   {302, map[string]string{"Location": elsewhere.URL}, false, collaboration.CodeWebhookUnreachable, 0},
		"refused":    {400, nil, false, collaboration.CodeWebhookUnreachable, 0},
		"broken":     {500, map[string]string{"Retry-After": "7"}, false, collaboration.CodeWebhookUnreachable, 0},
		"busy":       {503, map[string]string{"Retry-After": "7"}, false, collaboration.CodeWebhookUnreachable, 7 * time.Second},
		"too many":   {429, map[string]string{"Retry-After": "999999"}, false, collaboration.CodeWebhookUnreachable, 6 * time.Hour},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for k, v := range tt.header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(tt.status)
		}))
		gone, err := webhook.NewSender(true).Post(t.Context(), post(server.URL+"/secret-path"), time.Now())
		server.Close()
		var e *collaboration.Error
		if gone != tt.gone || collaboration.CodeOf(err) != tt.code || errors.As(err, &e) && e.RetryAfter != tt.wait {
			t.Errorf("%s: gone %t, %v", name, gone, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret-path") {
			t.Errorf("%s: the error holds the address: %v", name, err)
		}
	}
}

// A query may not have raw bytes in the request line.
func TestPost_EscapesQuery(t *testing.T) {
	t.Parallel()
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RequestURI }))
	defer server.Close()
	if _, err := webhook.NewSender(true).Post(t.Context(), post(server.URL+"/in?byrå=Åsa&a=b%20c"), time.Now()); err != nil {
		t.Fatal(err)
	}
	if got != "/in?byr%C3%A5=%C3%85sa&a=b%20c" {
		t.Errorf("got %s", got)
	}
}

func TestPost_Timeout(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := webhook.NewSender(true).Post(ctx, post(server.URL), time.Now()); collaboration.CodeOf(err) != collaboration.CodeWebhookUnreachable {
		t.Errorf("got %v", err)
	}
}
