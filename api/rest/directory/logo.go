package directory

import (
	"context"
	"net/http"

	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/api/view"
	"countersign/collaboration"
)

// maxLogoBody is above the bound of a logo, so that a file that is a little too large gets
// the error of a logo.
const maxLogoBody = 1 << 20

// logo serves the logo of an office.
type logo struct{ handlers }

func (h logo) register(r endpoint.Groups) {
	endpoint.Get(r.Employees, "/v1/office/logo", opGetLogo, h.get)
	endpoint.Put(r.Managers, "/v1/office/logo", opPutLogo, h.put)
	endpoint.Register(r.Managers, http.MethodDelete, "/v1/office/logo", opRemoveLogo, h.remove)
}

// LogoView describes the logo of an office.
type LogoView struct {
	Path        string `json:"path" example:"/logos/0d3f…" doc:"The path of the image at this server. It needs no token, and changes with the image."`
	ContentType string `json:"content_type" enum:"image/png,image/jpeg"`
	Width       int    `json:"width" example:"240" doc:"In pixels."`
	Height      int    `json:"height" example:"60" doc:"In pixels."`
	Bytes       int    `json:"bytes" example:"5120"`
}

type logoOutput struct {
	ETag string `header:"ETag"`
	Body LogoView
}

func respondLogo(l collaboration.Logo) *logoOutput {
	return &logoOutput{`"` + l.Digest + `"`, LogoView{view.LogoPath + l.Digest, l.ContentType, l.Width, l.Height, len(l.Content)}}
}

var opGetLogo = endpoint.Operation{ID: "get-office-logo", Tag: endpoint.TagEmployees, Summary: "Read the office's logo",
	Text: "Describes the logo of the office, and where the image is.", Codes: []collaboration.Code{collaboration.CodeLogoMissing}}

func (h logo) get(ctx context.Context, _ *struct{}) (*logoOutput, error) {
	l, err := h.logos.Get(ctx, request.Employee(ctx))
	if err != nil {
		return nil, err
	}
	return respondLogo(l), nil
}

type putLogoInput struct {
	RawBody []byte `contentType:"image/png"`
}

var opPutLogo = endpoint.Operation{ID: "put-office-logo", Tag: endpoint.TagEmployees, Summary: "Replace the office's logo",
	Text:     "The body is a PNG or JPEG image (`image/jpeg`) of at most 256 KiB, with 16 to 1024 pixels in each direction. The content decides the format, not the media type. Customers see the logo on the approval page, on their other pages and in mails. Managers only.",
	Consumes: "image/png", AlsoConsumes: "image/jpeg", MaxBody: maxLogoBody,
	Codes: []collaboration.Code{collaboration.CodeLogoTooLarge, collaboration.CodeLogoFormat, collaboration.CodeLogoDimensions, collaboration.CodeLogoDamaged}}

func (h logo) put(ctx context.Context, in *putLogoInput) (*logoOutput, error) {
	l, err := h.logos.Save(ctx, request.Employee(ctx), in.RawBody)
	if err != nil {
		return nil, err
	}
	return respondLogo(l), nil
}

var opRemoveLogo = endpoint.Operation{ID: "remove-office-logo", Tag: endpoint.TagEmployees, Summary: "Remove the office's logo", Status: http.StatusNoContent,
	Text: "Removes the logo from pages, and from mails that are sent from now on. Without a logo it changes nothing. Managers only."}

func (h logo) remove(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, h.logos.Remove(ctx, request.Employee(ctx))
}
