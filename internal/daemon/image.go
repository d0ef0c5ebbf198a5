package daemon

import (
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"time"
)

// Image is an image that a daemon has.
type Image struct {
	Fingerprint  string            `json:"fingerprint"`
	Architecture string            `json:"architecture"`
	Cached       bool              `json:"cached"`
	Properties   map[string]string `json:"properties"`
	CreatedAt    time.Time         `json:"created_at"`  // as its metadata says
	UploadedAt   time.Time         `json:"uploaded_at"` // when the daemon got it
	Aliases      []struct {
		Name string `json:"name"`
	} `json:"aliases"`
	UpdateSource *UpdateSource `json:"update_source"` // nil if the daemon does not know
}

// UpdateSource is where a daemon has an image from.
type UpdateSource struct {
	Alias       string `json:"alias"`
	Server      string `json:"server"`
	Protocol    string `json:"protocol"`
	Certificate string `json:"certificate"`
}

// Part is one of the files of an image: a tarball alone, or the metadata first and then
// the root file system.
type Part struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// Image describes an image by its fingerprint, or, of a server of images, by its name.
func (c *Client) Image(ctx context.Context, fingerprint string) (i Image, err error) {
	_, err = c.ask(ctx, http.MethodGet, "/1.0/images"+escaped(fingerprint), nil, nil, &i)
	return i, err
}

// Offered describes the image that a public server of images has under a name. It need not
// know this user.
func Offered(ctx context.Context, server Address, name string) (i Image, err error) {
	c, err := open(server)
	if err != nil {
		return i, err
	}
	defer c.http.CloseIdleConnections()
	return c.Image(ctx, name)
}

// Images lists the images of the project.
func (c *Client) Images(ctx context.Context) (all []Image, err error) {
	_, err = c.ask(ctx, http.MethodGet, "/1.0/images", url.Values{"recursion": {"1"}}, nil, &all)
	return all, err
}

// DeleteImage removes an image. Instances made from it stay as they are.
func (c *Client) DeleteImage(ctx context.Context, fingerprint string) error {
	return c.run(ctx, http.MethodDelete, "/1.0/images"+escaped(fingerprint), nil, nil)
}

// ImportImage stores an image, as `lxc image import` does. read is told how many bytes of
// the files were sent; nil: nobody is.
func (c *Client) ImportImage(ctx context.Context, parts []Part, properties map[string]string, read func(n int64)) error {
	header := http.Header{}
	values := url.Values{}
	for key, value := range properties {
		values.Set(key, value)
	}
	header.Set("X-"+c.Server.Kind+"-Properties", values.Encode())
	header.Set("X-"+c.Server.Kind+"-Filename", parts[0].Name)
	body, contentType := stream(parts, read)
	defer body.Close()
	header.Set("Content-Type", contentType)
	response, err := c.send(ctx, http.MethodPost, "/1.0/images", nil, header, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	e, err := c.read(response, http.MethodPost, "/1.0/images")
	if err != nil {
		return err
	}
	return c.wait(ctx, e, nil)
}

// CopyImage has the daemon fetch an image from a server, and returns its fingerprint.
func (c *Client) CopyImage(ctx context.Context, from Source) (fingerprint string, err error) {
	from.Type, from.Mode = "image", "pull"
	e, _, err := c.exchange(ctx, http.MethodPost, "/1.0/images", nil, nil, map[string]any{"source": from})
	if err != nil {
		return "", err
	}
	var said map[string]any
	if err := c.wait(ctx, e, &said); err != nil {
		return "", err
	}
	fingerprint, ok := said["fingerprint"].(string)
	if !ok {
		return "", c.garbled(http.MethodPost, "/1.0/images", fmt.Errorf("the operation names no fingerprint"))
	}
	return fingerprint, nil
}

// stream is the body of an upload, read from the files while it is sent.
func stream(parts []Part, read func(int64)) (body io.ReadCloser, contentType string) {
	r, w := io.Pipe()
	if len(parts) == 1 {
		go func() { w.CloseWithError(copyPart(w, parts[0], read)) }()
		return r, "application/octet-stream"
	}
	form := multipart.NewWriter(w)
	go func() { w.CloseWithError(copyForm(form, parts, read)) }()
	return r, form.FormDataContentType()
}

func copyForm(form *multipart.Writer, parts []Part, read func(int64)) error {
	for n, name := range []string{"metadata", "rootfs"} {
		header := textproto.MIMEHeader{}
		header.Set("Content-Disposition", fmt.Sprintf(`form-data; name=%q; filename=%q`, name, parts[n].Name))
		header.Set("Content-Type", "application/octet-stream")
		w, err := form.CreatePart(header)
		if err != nil {
			return err
		}
		if err := copyPart(w, parts[n], read); err != nil {
			return err
		}
	}
	return form.Close()
}

func copyPart(to io.Writer, p Part, read func(int64)) error {
	from, err := p.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	if read != nil {
		to = counting{to, read}
	}
	if _, err := io.Copy(to, from); err != nil {
		return fmt.Errorf("sending %s: %w", p.Name, err)
	}
	return nil
}

type counting struct {
	io.Writer
	read func(int64)
}

func (c counting) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.read(int64(n))
	return n, err
}
