package codec

import (
	"context"
	"errors"
	"strings"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"countersign/collaboration"
)

// Protect has a client of the engine seal all that it says, texts of failures
// too, and open what it hears. Of a failure, its code stays readable.
func (c *Codec) Protect(options *client.Options) error {
	seal, err := c.interceptor()
	if err != nil {
		return err
	}
	options.ConnectionOptions.DialOptions = append(options.ConnectionOptions.DialOptions, grpc.WithChainUnaryInterceptor(seal))
	options.DataConverter = converter.NewCompositeDataConverter(
		converter.NewNilPayloadConverter(), converter.NewByteSlicePayloadConverter(),
		converter.NewProtoJSONPayloadConverter(), converter.NewProtoPayloadConverter(),
		unreadable{}, converter.NewJSONPayloadConverter(),
	)
	options.FailureConverter = failures{temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{DataConverter: options.DataConverter})}
	return nil
}

func (c *Codec) interceptor() (grpc.UnaryClientInterceptor, error) {
	open, err := proxy.NewPayloadVisitorInterceptor(proxy.PayloadVisitorInterceptorOptions{Inbound: visit(c.decode)})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if m, ok := req.(proto.Message); ok {
			m = proto.Clone(m) // the SDK goes on with what it sends
			outbound := visit(c.sealer(m))
			outbound.ContextHook = conceal
			if err := proxy.VisitPayloads(ctx, m, *outbound); err != nil {
				return err
			}
			req = m
		}
		return open(ctx, method, req, reply, conn, invoke, opts...)
	}, nil
}

// concealed is what a failure says whose text is in a payload.
const concealed = "Encoded failure"

// conceal moves a failure's text into a payload, which is visited next. The SDK's
// own converter can do that, too, but not where it passes on one that came in;
// and it reads them.
func conceal(ctx context.Context, m proto.Message) (context.Context, error) {
	if f, ok := m.(*failure.Failure); ok && f.Message != concealed {
		return ctx, converter.EncodeCommonFailureAttributes(converter.GetDefaultDataConverter(), f)
	}
	return ctx, nil
}

type change func(context.Context, []*common.Payload) ([]*common.Payload, error)

// visit fails in the engine's words: a call is tried again where that may help.
func visit(do change) *proxy.VisitPayloadsOptions {
	return &proxy.VisitPayloadsOptions{SkipSearchAttributes: true, Visitor: func(ctx *proxy.VisitPayloadsContext, payloads []*common.Payload) ([]*common.Payload, error) {
		changed, err := do(ctx, payloads)
		switch {
		case err == nil:
			return changed, nil
		case collaboration.CodeOf(err) == collaboration.CodeUnavailable:
			return nil, status.Error(codes.Unavailable, "encryption: "+err.Error())
		default:
			return nil, status.Error(codes.FailedPrecondition, "encryption: "+err.Error())
		}
	}}
}

// sealer looks the key of a request up once, where it carries anything.
func (c *Codec) sealer(request proto.Message) change {
	var key *dataKey
	return func(ctx context.Context, payloads []*common.Payload) ([]*common.Payload, error) {
		if key == nil {
			about, err := about(ctx, request)
			if err != nil {
				return nil, err
			}
			if key, err = c.keyOf(ctx, about); err != nil {
				return nil, err
			}
		}
		return each(payloads, key.seal)
	}
}

// about goes by the header that names to the engine which run a request is for.
// Who starts a run says whose it is in its search attributes.
func about(ctx context.Context, request proto.Message) (s subject, err error) {
	headers, err := proxy.ExtractTemporalRequestHeaders(ctx, proxy.ExtractHeadersOptions{Request: request})
	if err != nil {
		return s, err
	}
	for n := 0; n+1 < len(headers); n += 2 {
		if run, ok := strings.CutPrefix(headers[n+1], "workflow:"); ok && headers[n] == "temporal-resource-id" {
			if name, ok := collaboration.SubjectOf(run); ok {
				s.name = name
			}
		}
	}
	if start, ok := request.(interface {
		GetSearchAttributes() *common.SearchAttributes
	}); ok && s.name != "" {
		err = converter.GetDefaultDataConverter().FromPayload(start.GetSearchAttributes().GetIndexedFields()[collaboration.SearchCustomer], &s.customer)
	}
	return s, err
}

// errUnreadable says that a payload arrived as it was sealed.
var errUnreadable = errors.New("encrypted by a key that was erased, or that is not at hand")

// unreadable converts payloads that stayed encrypted: to nothing.
type unreadable struct{}

func (unreadable) Encoding() string                           { return encoding }
func (unreadable) ToPayload(any) (*common.Payload, error)     { return nil, nil }
func (unreadable) FromPayload(_ *common.Payload, _ any) error { return errUnreadable }
func (unreadable) ToString(*common.Payload) string            { return "encrypted" }

// failures makes what cannot be read fail for good: a step of an erased customer
// is not tried for days.
type failures struct{ converter.FailureConverter }

func (f failures) ErrorToFailure(err error) *failure.Failure {
	if errors.Is(err, errUnreadable) {
		err = temporal.NewNonRetryableApplicationError(err.Error(), string(collaboration.CodeInternal), nil)
	}
	return f.FailureConverter.ErrorToFailure(err)
}
