// A stand-in for the peer, for the benchmark's own test: writes one small content down, and serves nothing.
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
)

var (
	_      = flag.String("cache", "", "")
	_      = flag.Int("services", 0, "")
	_      = flag.Int("nodes", 0, "")
	_      = flag.Int("distinct", 0, "")
	listen = flag.String("listen", "", "")
	admin  = flag.String("admin", "", "")
	dump   = flag.String("dump", "", "")
)

const prefix = "type.googleapis.com/envoy.config."

func field(number int, value string) string {
	if len(value) > 16383 {
		panic("too long")
	}
	length := []byte{byte(len(value))}
	if len(value) > 127 {
		length = []byte{byte(len(value)&127 | 128), byte(len(value) >> 7)}
	}
	return string([]byte{byte(number<<3 | 2)}) + string(length) + value
}

// response is a DiscoveryResponse with one resource.
func response(typeURL, value string) string {
	return field(2, field(1, typeURL)+field(2, value)) + field(4, typeURL)
}

func main() {
	flag.Parse()
	if *dump != "" {
		weighted := field(1, field(1, "svc-0"))                           // WeightedCluster.clusters.name
		route := field(1, "") + field(2, field(3, weighted))              // Route.match, Route.route.weighted_clusters
		routes := field(1, "r") + field(2, field(1, "h")+field(3, route)) // RouteConfiguration.virtual_hosts.routes
		for name, bytes := range map[string]string{
			"cds": response(prefix+"cluster.v3.Cluster", field(1, "svc-0")),
			"eds": response(prefix+"endpoint.v3.ClusterLoadAssignment", field(1, "svc-0")),
			"lds": response(prefix+"listener.v3.Listener", field(1, "in")),
			"rds": response(prefix+"route.v3.RouteConfiguration", routes),
		} {
			if err := os.WriteFile(filepath.Join(*dump, name+".bin"), []byte(bytes), 0o644); err != nil {
				panic(err)
			}
		}
		return
	}
	fmt.Fprintln(os.Stderr, "serving", *listen)
	panic(http.ListenAndServe(*admin, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
}
