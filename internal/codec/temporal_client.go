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
	"countersign/internal/temporalx"
)

// ConfigureClient makes a Temporal client encrypt all payloads and texts of failures in
// its requests, and decrypt those in the responses. The client refuses to read a payload
// of another workflow. The code of a failure stays readable.
func (c *Codec) ConfigureClient(options *client.Options) error {
	interceptor, err := c.interceptor()
	if err != nil {
		return err
	}
	options.ConnectionOptions.DialOptions = append(options.ConnectionOptions.DialOptions, grpc.WithChainUnaryInterceptor(interceptor))
	data := dataConverter{DataConverter: converter.NewCompositeDataConverter(
		converter.NewNilPayloadConverter(), converter.NewByteSlicePayloadConverter(),
		converter.NewProtoJSONPayloadConverter(), converter.NewProtoPayloadConverter(),
		unreadable{encoding, errUnreadable}, unreadable{refusedEncoding, errRefused}, converter.NewJSONPayloadConverter(),
	)}
	options.DataConverter, options.FailureConverter = data, newFailureConverter(data)
	return nil
}

func (c *Codec) interceptor() (grpc.UnaryClientInterceptor, error) {
	decryptResponse, err := proxy.NewPayloadVisitorInterceptor(proxy.PayloadVisitorInterceptorOptions{Inbound: visitorOptions(c.decodeStrictly)})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if m, ok := req.(proto.Message); ok {
			m = proto.Clone(m) // the SDK still uses its message
			outbound := visitorOptions(c.encryptorFor(m))
			outbound.ContextHook = encodeFailureAttributes
			if err := proxy.VisitPayloads(ctx, m, *outbound); err != nil {
				return err
			}
			req = m
		}
		return decryptResponse(ctx, method, req, reply, conn, invoke, opts...)
	}, nil
}

// encodedFailureMessage is the SDK's message of a failure with encoded attributes.
const encodedFailureMessage = "Encoded failure"

// encodeFailureAttributes moves a failure's text into a payload, which is visited next.
// The SDK's failure converter has an option for this, but it does not apply to a failure
// that the SDK received and passes on. The SDK decodes both.
func encodeFailureAttributes(ctx context.Context, m proto.Message) (context.Context, error) {
	if f, ok := m.(*failure.Failure); ok && f.Message != encodedFailureMessage {
		return ctx, converter.EncodeCommonFailureAttributes(converter.GetDefaultDataConverter(), f)
	}
	return ctx, nil
}

type payloadsFunc func(context.Context, []*common.Payload) ([]*common.Payload, error)

// visitorOptions returns errors as gRPC statuses, so that the SDK retries a call whose
// key lookup failed.
func visitorOptions(convert payloadsFunc) *proxy.VisitPayloadsOptions {
	return &proxy.VisitPayloadsOptions{SkipSearchAttributes: true, Visitor: func(ctx *proxy.VisitPayloadsContext, payloads []*common.Payload) ([]*common.Payload, error) {
		converted, err := convert(ctx, payloads)
		switch {
		case err == nil:
			return converted, nil
		case collaboration.CodeOf(err) == collaboration.CodeUnavailable:
			return nil, status.Error(codes.Unavailable, "encryption: "+err.Error())
		default:
			return nil, status.Error(codes.FailedPrecondition, "encryption: "+err.Error())
		}
	}}
}

// encryptorFor looks up the request's key at its first payload. It binds payloads to the
// request's workflow that the data converter did not bind: headers, texts of failures
// and payloads from other converters.
func (c *Codec) encryptorFor(request proto.Message) payloadsFunc {
	var key *dataKey
	var workflowID string
	return func(ctx context.Context, payloads []*common.Payload) (_ []*common.Payload, err error) {
		if key == nil {
			if workflowID, err = requestWorkflow(ctx, request); err != nil {
				return nil, err
			}
			s, err := requestSubject(workflowID, request)
			if err != nil {
				return nil, err
			}
			if key, err = c.keyForSubject(ctx, s); err != nil {
				return nil, err
			}
		}
		return mapPayloads(payloads, func(p *common.Payload) (*common.Payload, error) { return key.encrypt(bind(p, workflowID)) })
	}
}

// requestWorkflow reads the workflow ID from the request's header.
func requestWorkflow(ctx context.Context, request proto.Message) (workflowID string, err error) {
	headers, err := proxy.ExtractTemporalRequestHeaders(ctx, proxy.ExtractHeadersOptions{Request: request})
	for n := 0; n+1 < len(headers); n += 2 {
		if id, ok := strings.CutPrefix(headers[n+1], "workflow:"); ok && headers[n] == "temporal-resource-id" {
			workflowID = id
		}
	}
	return workflowID, err
}

// requestSubject returns the subject of the request's workflow. The request that starts
// an execution has the customer in its search attributes.
func requestSubject(workflowID string, request proto.Message) (s subject, err error) {
	if name, ok := collaboration.SubjectOf(workflowID); ok {
		s.name = name
	}
	if start, ok := request.(interface {
		GetSearchAttributes() *common.SearchAttributes
	}); ok && s.name != "" {
		err = converter.GetDefaultDataConverter().FromPayload(start.GetSearchAttributes().GetIndexedFields()[temporalx.CustomerKey.GetName()], &s.customer)
	}
	return s, err
}

var (
	// errUnreadable reports a payload that could not be decrypted.
	errUnreadable = errors.New("the payload's encryption key was erased or is not available")
	// errRefused reports a payload that was received without encryption.
	errRefused = errors.New("the payload is not encrypted, and COUNTERSIGN_ENCRYPTION_REQUIRED is set")
)

// refusedEncoding is the encoding of a payload in place of one without encryption.
const refusedEncoding = "binary/refused"

// unreadable is the converter of an encoding that cannot be read.
type unreadable struct {
	encoding string
	err      error
}

func (u unreadable) Encoding() string                           { return u.encoding }
func (u unreadable) ToPayload(any) (*common.Payload, error)     { return nil, nil }
func (u unreadable) FromPayload(_ *common.Payload, _ any) error { return u.err }
func (u unreadable) ToString(*common.Payload) string            { return u.encoding }

// failureConverter makes an unreadable payload a permanent failure: a step of an erased
// customer is not retried for days.
type failureConverter struct {
	converter.FailureConverter
	data dataConverter
}

func newFailureConverter(data dataConverter) failureConverter {
	return failureConverter{temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{DataConverter: data}), data}
}

// WithSerializationContext implements converter.FailureConverterWithSerializationContext.
func (f failureConverter) WithSerializationContext(c converter.SerializationContext) converter.FailureConverter {
	f.data.workflowID = workflowIDOf(c)
	return newFailureConverter(f.data)
}

func (f failureConverter) ErrorToFailure(err error) *failure.Failure {
	if errors.Is(err, errUnreadable) || errors.Is(err, errRefused) || errors.Is(err, errMoved) {
		err = temporal.NewNonRetryableApplicationError(err.Error(), string(collaboration.CodeInternal), nil)
	}
	return f.FailureConverter.ErrorToFailure(err)
}

func (f failureConverter) FailureToError(in *failure.Failure) error {
	replaceMovedTexts(in, f.data.workflowID)
	return f.FailureConverter.FailureToError(in)
}
