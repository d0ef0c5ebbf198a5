package main

import (
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// illness is what the server says at /health while it calls itself unhealthy:
// what was last PUT there, nothing when it is well.
var illness atomic.Value

func health(w http.ResponseWriter, _ *http.Request) {
	if why, _ := illness.Load().(string); why != "" {
		http.Error(w, why, http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "well")
}

func setHealth(w http.ResponseWriter, r *http.Request) {
	illness.Store(r.URL.Query().Get("ill"))
}

// check is the image's health check: it asks the server, prints what that says
// and returns the exit code.
func check() int {
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Get("http://127.0.0.1:" + os.Getenv("PORT") + "/health")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer response.Body.Close()
	if _, err := os.Stdout.ReadFrom(response.Body); err != nil || response.StatusCode != http.StatusOK {
		return 1
	}
	return 0
}
