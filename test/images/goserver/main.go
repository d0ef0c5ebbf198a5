// Goserver is the program in the test images: it tells over HTTP how it was started, keeps what it is given, falls ill
// and ends as it is told, and takes its time to end when it is asked by a signal. "goserver check" is its health check.
package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("goserver: ")
	if len(os.Args) == 2 && os.Args[1] == "check" {
		os.Exit(check())
	}
	exitAtOnce()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", status)
	mux.HandleFunc("GET /tree", tree)
	// Paths are the container's own: that is what the tests ask about.
	mux.HandleFunc("GET /file", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, r.URL.Query().Get("path"))
	})
	mux.HandleFunc("PUT /file", put)
	mux.HandleFunc("GET /health", health)
	mux.HandleFunc("PUT /health", setHealth)
	mux.HandleFunc("POST /exit", exit)
	server := &http.Server{Addr: ":" + os.Getenv("PORT"), Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.ListenAndServe(); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()
	log.Printf("listening on %s", server.Addr)

	log.Printf("stopping: %v", <-stop)
	if err := server.Shutdown(context.Background()); err != nil {
		log.Fatal(err)
	}
	// An application that writes its state to disk needs a while: it must be given it.
	closing, _ := time.ParseDuration(os.Getenv("CLOSING"))
	time.Sleep(closing)
	log.Print("closed cleanly")
}

func put(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err == nil {
		err = os.WriteFile(r.URL.Query().Get("path"), data, 0o644)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		log.Print(err)
	}
}
