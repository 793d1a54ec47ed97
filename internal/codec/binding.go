package codec

import (
	"errors"
	"fmt"
	"maps"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

// workflowField is the metadata field with the ID of the workflow that a payload belongs
// to. The field is encrypted and authenticated with the rest of the payload.
const workflowField = "workflow-id"

// errMoved reports a payload of another workflow.
var errMoved = errors.New("the payload belongs to another workflow")

// bind returns a payload that belongs to a workflow. It does not change a payload that is
// bound or encrypted.
func bind(p *common.Payload, workflowID string) *common.Payload {
	if _, isBound := p.GetMetadata()[workflowField]; p == nil || isBound || workflowID == "" || isEncrypted(p) {
		return p
	}
	p = proto.CloneOf(p) // a caller may use its payload again
	metadata := map[string][]byte{workflowField: []byte(workflowID)}
	maps.Copy(metadata, p.Metadata)
	p.Metadata = metadata
	return p
}

// checkBinding returns errMoved if a payload is bound to another workflow.
func checkBinding(p *common.Payload, workflowID string) error {
	got, isBound := p.GetMetadata()[workflowField]
	if !isBound || workflowID == "" || string(got) == workflowID {
		return nil
	}
	return fmt.Errorf("%w: workflow %s received a payload of workflow %s", errMoved, workflowID, got)
}

// dataConverter binds payloads to the workflow of the SDK's serialization context, and
// refuses those of other workflows. The SDK names the receiver of a payload: a child
// workflow or the target of a Signal, too.
type dataConverter struct {
	converter.DataConverter
	workflowID string
}

// WithSerializationContext implements converter.DataConverterWithSerializationContext.
func (d dataConverter) WithSerializationContext(c converter.SerializationContext) converter.DataConverter {
	d.workflowID = workflowIDOf(c)
	return d
}

func workflowIDOf(c converter.SerializationContext) string {
	switch c := c.(type) {
	case converter.WorkflowSerializationContext:
		return c.WorkflowID
	case converter.ActivitySerializationContext:
		return c.WorkflowID
	default:
		return ""
	}
}

func (d dataConverter) ToPayload(value any) (*common.Payload, error) {
	p, err := d.DataConverter.ToPayload(value)
	return bind(p, d.workflowID), err
}

func (d dataConverter) ToPayloads(values ...any) (*common.Payloads, error) {
	all, err := d.DataConverter.ToPayloads(values...)
	for i, p := range all.GetPayloads() {
		all.Payloads[i] = bind(p, d.workflowID)
	}
	return all, err
}

func (d dataConverter) FromPayload(p *common.Payload, out any) error {
	if err := checkBinding(p, d.workflowID); err != nil {
		return err
	}
	return d.DataConverter.FromPayload(p, out)
}

func (d dataConverter) FromPayloads(all *common.Payloads, out ...any) error {
	for _, p := range all.GetPayloads() {
		if err := checkBinding(p, d.workflowID); err != nil {
			return err
		}
	}
	return d.DataConverter.FromPayloads(all, out...)
}

// replaceMovedTexts replaces each text of another workflow in a failure by an error. The
// SDK ignores texts that it cannot decode.
func replaceMovedTexts(f *failure.Failure, workflowID string) {
	for ; f != nil; f = f.Cause {
		if err := checkBinding(f.EncodedAttributes, workflowID); err != nil {
			f.EncodedAttributes, f.Message, f.StackTrace = nil, err.Error(), ""
		}
	}
}
