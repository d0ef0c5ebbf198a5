// Command webapp is the application of the demo: a page with notes, kept in a
// file. It is what people put into containers: a static binary that listens,
// writes a little, logs to stdout, and ends cleanly when asked to.
package main

import (
	"context"
	"html/template"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

var page = template.Must(template.New("page").Parse(`<!doctype html>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Notes on {{.Host}}</title>
<style>body{font:18px/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}li{margin:.3rem 0}</style>
<h1>{{.Greeting}}</h1>
<p>This OCI image runs on {{.Host}} as user {{.UID}}, with no Docker anywhere.</p>
<form method="post"><input name="note" maxlength="200" autofocus placeholder="a note"> <button>Keep</button></form>
<ul>{{range .Notes}}<li>{{.}}</li>{{end}}</ul>
`))

func main() {
	file := filepath.Join(os.Getenv("NOTES_DIR"), "notes.txt")
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	server := &http.Server{Addr: ":8080", Handler: notes(file), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		log.Print("webapp: asked to stop, finishing what is under way")
		drain, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(drain)
	}()
	log.Printf("webapp: listening on %s, notes in %s", server.Addr, file)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	log.Print("webapp: ended cleanly")
}

func notes(file string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		host, _ := os.Hostname()
		kept, _ := os.ReadFile(file) // none yet is none
		notes := strings.FieldsFunc(string(kept), func(r rune) bool { return r == '\n' })
		_ = page.Execute(w, map[string]any{
			"Host": host, "Greeting": os.Getenv("GREETING"), "UID": os.Getuid(),
			"Notes": notes,
		})
	})
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		note := strings.ReplaceAll(r.FormValue("note"), "\n", " ")
		f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.WriteString(note + "\n")
			_ = f.Close()
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	return mux
}
