package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"countersign/collaboration"
	"countersign/collaboration/anchor"
)

// verification has the flags of the command verify.
type verification struct {
	lastHash, keys string
	// heads and receipts are files with signed heads.
	heads, receipts []string
}

// verifyCommand reads files only, so that a verifier need not trust the service. The
// address of the public keys is the exception.
func verifyCommand() *cobra.Command {
	var v verification
	cmd := &cobra.Command{
		Use: "verify FILE", Short: "Verify an exported audit log, offline", Args: exactly(1),
		Example: "  countersign verify audit.json --keys audit-keys.json --receipt receipt.pdf",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(v.files()) > 0 && v.keys == "" {
				return usageError{errors.New("--receipt and --head need --keys")}
			}
			return withFile(args[0], func(file io.Reader) error { return v.run(cmd, args[0], file) })
		},
	}
	cmd.Flags().StringVar(&v.lastHash, "last-hash", "", "hash that the file must end with")
	cmd.Flags().StringVar(&v.keys, "keys", "", "file or address with the public keys; verifies the signatures")
	cmd.Flags().StringArrayVar(&v.heads, "head", nil, "file with signed heads: a webhook's body or a mail (repeatable)")
	cmd.Flags().StringArrayVar(&v.receipts, "receipt", nil, "the same for a receipt, a PDF")
	return cmd
}

func (v verification) files() []string { return slices.Concat(v.heads, v.receipts) }

func (v verification) run(cmd *cobra.Command, name string, file io.Reader) error {
	// A shell may write UTF-16 or a byte order mark into the file.
	report, err := collaboration.VerifyAudit(transform.NewReader(file, unicode.BOMOverride(transform.Nop)))
	if err != nil {
		return fmt.Errorf("%s does not verify: %w", name, err)
	}
	if v.lastHash != "" && v.lastHash != report.LastHash {
		return fmt.Errorf("%s ends with the hash %s instead of %s: rows are missing or were added", name, report.LastHash, v.lastHash)
	}
	signatures := "The signatures are not verified: use --keys."
	if v.keys != "" {
		heads, err := v.checkSignatures(cmd.Context(), report.File)
		if err != nil {
			return fmt.Errorf("%s does not verify: %w", name, err)
		}
		signatures = fmt.Sprintf("Signatures: %d valid. Signed heads from other files: %d, all in the audit.", report.Rows, heads)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Verified: %d rows of activation %s, %d of them with erased personal data.\n%s\nLast hash: %s\n",
		report.Rows, report.Activation, report.Erased, signatures, report.LastHash)
	return err
}

// checkSignatures returns the number of signed heads that the audit has.
func (v verification) checkSignatures(ctx context.Context, audit collaboration.AuditFile) (int, error) {
	keys, err := readKeys(ctx, v.keys)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", v.keys, err)
	}
	var heads []anchor.SignedHead
	for _, path := range v.files() {
		content, err := readText(path)
		if err != nil {
			return 0, err
		}
		found := slices.DeleteFunc(anchor.Find(content), func(h anchor.SignedHead) bool { return h.Activation != audit.Activation })
		if len(found) == 0 {
			return 0, fmt.Errorf("%s has no signed head of activation %s", path, audit.Activation)
		}
		heads = append(heads, found...)
	}
	return len(heads), anchor.Check(audit, keys, heads...)
}

// readText reads a file, also one that a shell wrote as UTF-16.
func readText(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	content, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), raw)
	return content, err
}

// maxKeys bounds the list of public keys.
const maxKeys = 1 << 20

func readKeys(ctx context.Context, source string) (keys anchor.Keys, err error) {
	var content []byte
	if strings.HasPrefix(source, "https://") || strings.HasPrefix(source, "http://") {
		content, err = download(ctx, source)
	} else {
		content, err = readText(source)
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(content, &keys); err != nil {
		return nil, fmt.Errorf("not a list of keys: %w", err)
	}
	return keys, nil
}

func download(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %s", response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, maxKeys))
}
