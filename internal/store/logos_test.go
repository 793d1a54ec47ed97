package store_test

import (
	"bytes"
	"slices"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/directory"
)

func TestLogos_SaveReplaceRemove(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		logos := b.OfficeLogos()
		_, changes := directoryOf(t, b)
		picture := func(digest string) collaboration.Logo {
			return collaboration.Logo{Digest: digest, ContentType: "image/png", Width: 120, Height: 40, Content: []byte("\x00\xff" + digest)}
		}
		same := func(a, b collaboration.Logo) bool {
			return a.Digest == b.Digest && a.ContentType == b.ContentType && a.Width == b.Width && a.Height == b.Height && bytes.Equal(a.Content, b.Content)
		}
		sara := directory.By{OfficeID: "office-2", ID: "emp-sara", IsManager: true}
		o := b.invited(t, orderFor("c-1004"))

		_, err := logos.Logo(ctx, office)
		wantCode(t, err, collaboration.CodeLogoMissing)
		must(t, logos.RemoveLogo(ctx, maja))
		must(t, logos.SaveLogo(ctx, maja, picture("d1")))
		must(t, logos.SaveLogo(ctx, maja, picture("d1"))) // a repetition changes nothing
		must(t, logos.SaveLogo(ctx, sara, picture("d1")))
		must(t, logos.SaveLogo(ctx, maja, picture("d2")))
		for digest, officeID := range map[string]string{"d1": "office-2", "d2": office} {
			if got, err := logos.Logo(ctx, officeID); err != nil || !same(got, picture(digest)) {
				t.Errorf("%s: %+v, %v", officeID, got, err)
			}
			if got, err := logos.LogoByDigest(ctx, digest); err != nil || !same(got, picture(digest)) {
				t.Errorf("%s: %+v, %v", digest, got, err)
			}
		}
		p, err := b.Person(ctx, "maja@ekstroms.example")
		if err != nil || p.Employee.OfficeLogo != "d2" || p.Employee.OfficeName != "Ekströms Redovisning" {
			t.Errorf("%+v, %v", p.Employee, err)
		}
		if r := b.record(t, o.Activation); r.OfficeLogo != "d2" {
			t.Errorf("the invitation has the logo %q", r.OfficeLogo)
		}
		d, err := b.BeginMail(ctx, invitation(o, 2), "")
		if must(t, err); d.Mail.OfficeLogo == nil || !same(*d.Mail.OfficeLogo, picture("d2")) {
			t.Errorf("the mail has the logo %+v", d.Mail.OfficeLogo)
		}
		toOffice, err := b.BeginMail(ctx, collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationExpired, Generation: 1}, "emp-maja")
		if must(t, err); toOffice.Mail.OfficeLogo != nil {
			t.Errorf("the mail to the office has a logo")
		}
		must(t, logos.RemoveLogo(ctx, maja))
		if r := b.record(t, o.Activation); r.OfficeLogo != "" {
			t.Errorf("the removed logo %q is shown", r.OfficeLogo)
		}
		_, err = logos.LogoByDigest(ctx, "d2")
		wantCode(t, err, collaboration.CodeNotFound)
		if got := changes(); !slices.Equal(got, []string{"logo_changed", "logo_changed", "logo_removed"}) {
			t.Errorf("recorded %v", got)
		}
	})
}
