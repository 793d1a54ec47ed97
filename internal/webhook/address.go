package webhook

import (
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"countersign/collaboration"
)

// notPublic are networks that a stranger's address must not lead to, beside
// what netip itself tells.
var notPublic = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10", "::/96",
)

func prefixes(all ...string) (p []netip.Prefix) {
	for _, s := range all {
		p = append(p, netip.MustParsePrefix(s))
	}
	return p
}

// Public reports whether an address is one on the internet.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Zone() != "" {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// control looks at the address that is about to be connected to.
func control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !Public(to.Addr()) {
		return &collaboration.Error{Code: collaboration.CodePrivateAddress}
	}
	return nil
}

// thisMachine reports whether a name is of the machine itself wherever it is asked.
func thisMachine(name string) bool {
	name = strings.ToLower(strings.TrimRight(name, "."))
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// longestURL bounds an address, in bytes.
const longestURL = 2000

// CheckURL refuses an address that will never be called: with
// CodeInvalidFormat, or CodePrivateAddress. Where a name leads is looked at when
// it is called.
func CheckURL(s string, allowPrivate bool) collaboration.Code {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || len(s) > longestURL || strings.ContainsAny(s, " \r\n\t") || u.Scheme != "https" && u.Scheme != "http" {
		return collaboration.CodeInvalidFormat
	}
	if allowPrivate {
		return ""
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && !Public(a) || u.Scheme != "https" || thisMachine(u.Hostname()) {
		return collaboration.CodePrivateAddress
	}
	return ""
}
