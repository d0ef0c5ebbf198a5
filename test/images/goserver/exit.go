package main

import (
	"log"
	"net/http"
	"os"
	"strconv"
	"syscall"
)

// exit ends the program without a word: /exit?code=3, or /exit?signal=9 for an
// end by a signal.
func exit(w http.ResponseWriter, r *http.Request) {
	if signal, err := strconv.Atoi(r.FormValue("signal")); err == nil {
		if err := syscall.Kill(os.Getpid(), syscall.Signal(signal)); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
		return
	}
	code, err := strconv.Atoi(r.FormValue("code"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	os.Exit(code)
}

// exitAtOnce ends the program as the environment says: EXIT=3 with this code.
func exitAtOnce() {
	if text := os.Getenv("EXIT"); text != "" {
		code, err := strconv.Atoi(text)
		if err != nil {
			log.Fatal(err)
		}
		log.Printf("ending with %d, as EXIT says", code)
		os.Exit(code)
	}
}
