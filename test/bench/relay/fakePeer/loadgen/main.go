// A stand-in for the load generator: triggers as many changes as it is told and reports made-up figures.
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
)

var (
	_          = flag.String("addr", "", "")
	_          = flag.Int("n", 0, "")
	_          = flag.String("mode", "", "")
	_          = flag.Int("pid", 0, "")
	updates    = flag.Int("updates", 0, "")
	_          = flag.String("interval", "", "")
	_          = flag.String("expect", "", "")
	triggerURL = flag.String("trigger-url", "", "")
)

func main() {
	flag.Parse()
	for i := 1; i <= *updates; i++ {
		answer, err := http.Post(strings.ReplaceAll(*triggerURL, "{marker}", fmt.Sprint("marker-", i)), "text/plain", nil)
		if err != nil || answer.StatusCode != http.StatusOK {
			fmt.Fprintln(os.Stderr, "trigger:", answer, err)
			os.Exit(1)
		}
	}
	fmt.Printf(`{"connect":{"server_cpu_s":1,"bytes":100,"unconfigured":0},"rss":{"idle_kb_per_stream":50},"stream_errors":0,`+
		`"updates":{"server_cpu_s_per_1000_streams":0.1,"p99_ms":{"median":%d},"bytes_per_update":10,"missed":0,"other_cpu_s":{"median":0}}}`+"\n", *updates)
}
