package imageapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"lxdocker/internal/terminal"
)

// envelope is around every answer (LXD, shared/api/response.go). Clients look at
// type, error, error_code and metadata.
type envelope struct {
	Type       string `json:"type"`
	Status     string `json:"status"`
	StatusCode int    `json:"status_code"`
	Operation  string `json:"operation"`
	ErrorCode  int    `json:"error_code"`
	Error      string `json:"error"`
	Metadata   any    `json:"metadata"`
}

// serverInfo is /1.0. Clients try each address as another way to the server, so
// there is none, and use each extension, so there is none either.
type serverInfo struct {
	APIExtensions []string          `json:"api_extensions"`
	APIStatus     string            `json:"api_status"`
	APIVersion    string            `json:"api_version"`
	Auth          string            `json:"auth"`
	AuthMethods   []string          `json:"auth_methods"`
	Public        bool              `json:"public"`
	Config        map[string]string `json:"config"`
	Environment   environment       `json:"environment"`
}

type environment struct {
	Addresses     []string `json:"addresses"`
	Server        string   `json:"server"`
	ServerVersion string   `json:"server_version"`
}

// aliasEntry is an alias (LXD, shared/api/image.go, ImageAliasesEntry).
type aliasEntry struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Target      string `json:"target"` // a fingerprint
	Type        string `json:"type"`
}

// image is an image (LXD, shared/api/image.go). Of a time that is
// zero, LXD 5.0.2 and Incus 6.0 say "never"; of the beginning of Unix time, Incus
// says 1970.
type imageInfo struct {
	Fingerprint  string            `json:"fingerprint"`
	Architecture string            `json:"architecture"` // the kernel's word
	Type         string            `json:"type"`
	Public       bool              `json:"public"` // or else clients ask for a secret, and never update
	Cached       bool              `json:"cached"`
	AutoUpdate   bool              `json:"auto_update"`
	Filename     string            `json:"filename"`
	Size         int64             `json:"size"`       // bytes of all files
	CreatedAt    time.Time         `json:"created_at"` // daemons take the newest of what they have cached
	UploadedAt   time.Time         `json:"uploaded_at"`
	ExpiresAt    time.Time         `json:"expires_at"`
	LastUsedAt   time.Time         `json:"last_used_at"`
	Aliases      []imageAlias      `json:"aliases"`
	Profiles     []string          `json:"profiles"`
	Properties   map[string]string `json:"properties"` // each becomes image.KEY of an instance
}

type imageAlias struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

func success(metadata any) envelope {
	return envelope{Type: "sync", Status: "Success", StatusCode: http.StatusOK, Metadata: metadata}
}

// answer sends what was asked for, or why not.
func answer(w http.ResponseWriter, metadata any, err error) {
	if err == nil {
		send(w, http.StatusOK, success(metadata))
		return
	}
	r := refusalOf(err)
	if r.retryAfter > 0 {
		w.Header().Set("Retry-After", fmt.Sprintf("%.0f", math.Ceil(r.retryAfter.Seconds())))
	}
	send(w, r.status, envelope{Type: "error", ErrorCode: r.status, Error: r.text, Metadata: metadataOf(w.Header())})
}

// Refuse answers a request with an error, as the API does it.
func Refuse(w http.ResponseWriter, status int, text string) {
	answer(w, nil, refusal{status: status, text: text})
}

// answer logs errors that are this server's own, beside answering.
func (a *api) answer(w http.ResponseWriter, r *http.Request, metadata any, err error) {
	if err != nil && refusalOf(err).status == http.StatusInternalServerError {
		a.Log.Error("a request failed because of a bug, or a fault of this machine", "path", terminal.Clean(r.URL.EscapedPath(), 200), "error", err, "id", w.Header().Get(RequestID))
	}
	answer(w, metadata, err)
}

// encode gives a line of JSON.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // a buffer takes all, and these types have nothing that JSON has not
	return b.Bytes()
}

func send(w http.ResponseWriter, status int, e envelope) {
	text := encode(e)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("Cache-Control", "no-store") // it depends on who asks, and when
	w.WriteHeader(status)
	_, _ = w.Write(text) // who is gone need not be told
}
