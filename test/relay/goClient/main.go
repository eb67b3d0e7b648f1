// An ADS client that shares no code with the relay: grpc-go for HTTP/2 and gRPC, Envoy's own Go messages for xDS.
//
// It does what standard input says, one JSON object a line, and tells on standard output what its streams get:
//
//	{"op":"open","stream":"a","address":"127.0.0.1:1","mode":"sotw"}      sotw or delta; a connection of its own
//	{"op":"send","stream":"a","request":{"typeUrl":"…"}}                  a DiscoveryRequest or DeltaDiscoveryRequest as JSON
//	{"op":"close","stream":"a"}                                           cuts the connection
//
//	{"stream":"a","response":{"typeUrl":"…","nonce":"1","version":"…","resources":[{"name":"x","version":"…","sha256":"…"}],"removed":[]}}
//	{"stream":"a","ended":{"code":"PermissionDenied","message":"…"}}
package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"sync"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"
)

type command struct {
	Op      string          `json:"op"`
	Stream  string          `json:"stream"`
	Address string          `json:"address"`
	Mode    string          `json:"mode"`
	Request json.RawMessage `json:"request"`
}

type resource struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Sha256  string `json:"sha256"`
}

type response struct {
	TypeURL   string     `json:"typeUrl"`
	Nonce     string     `json:"nonce"`
	Version   string     `json:"version"`
	Resources []resource `json:"resources"`
	Removed   []string   `json:"removed"`
}

type ending struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type event struct {
	Stream   string    `json:"stream"`
	Response *response `json:"response,omitempty"`
	Ended    *ending   `json:"ended,omitempty"`
}

// ads is one stream, whichever protocol it speaks.
type ads interface {
	send(request []byte) error
	receive() (*response, error)
}

type sotw struct {
	discoveryv3.AggregatedDiscoveryService_StreamAggregatedResourcesClient
}

func (s sotw) send(request []byte) error {
	var r discoveryv3.DiscoveryRequest
	if err := protojson.Unmarshal(request, &r); err != nil {
		return err
	}
	return s.Send(&r)
}

func (s sotw) receive() (*response, error) {
	r, err := s.Recv()
	if err != nil {
		return nil, err
	}
	out := &response{TypeURL: r.TypeUrl, Nonce: r.Nonce, Version: r.VersionInfo, Resources: []resource{}, Removed: []string{}}
	for _, body := range r.Resources {
		name, err := nameOf(body)
		if err != nil {
			return nil, err
		}
		out.Resources = append(out.Resources, resource{Name: name, Sha256: hash(body)})
	}
	return out, nil
}

type delta struct {
	discoveryv3.AggregatedDiscoveryService_DeltaAggregatedResourcesClient
}

func (d delta) send(request []byte) error {
	var r discoveryv3.DeltaDiscoveryRequest
	if err := protojson.Unmarshal(request, &r); err != nil {
		return err
	}
	return d.Send(&r)
}

func (d delta) receive() (*response, error) {
	r, err := d.Recv()
	if err != nil {
		return nil, err
	}
	out := &response{TypeURL: r.TypeUrl, Nonce: r.Nonce, Version: r.SystemVersionInfo, Resources: []resource{}, Removed: append([]string{}, r.RemovedResources...)}
	for _, named := range r.Resources {
		name, err := nameOf(named.Resource)
		if err != nil {
			return nil, err
		}
		if name != named.Name {
			return nil, fmt.Errorf("resource %q is announced as %q", name, named.Name)
		}
		out.Resources = append(out.Resources, resource{Name: name, Version: named.Version, Sha256: hash(named.Resource)})
	}
	return out, nil
}

// nameOf reads the whole resource: bytes that Envoy's own messages cannot take are an error.
func nameOf(body *anypb.Any) (string, error) {
	message, err := body.UnmarshalNew()
	if err != nil {
		return "", err
	}
	switch m := message.(type) {
	case *clusterv3.Cluster:
		return m.Name, nil
	case *endpointv3.ClusterLoadAssignment:
		return m.ClusterName, nil
	case *listenerv3.Listener:
		return m.Name, nil
	case *routev3.RouteConfiguration:
		return m.Name, nil
	}
	return "", fmt.Errorf("a resource of type %s", body.TypeUrl)
}

func hash(body *anypb.Any) string {
	sum := sha256.Sum256(body.Value)
	return hex.EncodeToString(sum[:])
}

type opened struct {
	ads
	cut func()
}

var out struct {
	sync.Mutex
	*json.Encoder
}

func tell(e event) {
	out.Lock()
	defer out.Unlock()
	if err := out.Encode(e); err != nil {
		fail(err)
	}
}

func open(c command) (*opened, error) {
	conn, err := grpc.NewClient("passthrough:///"+c.Address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	client := discoveryv3.NewAggregatedDiscoveryServiceClient(conn)
	stream := &opened{cut: func() { _ = conn.Close() }}
	if c.Mode == "delta" {
		s, err := client.DeltaAggregatedResources(context.Background())
		stream.ads = delta{s}
		return stream, err
	}
	s, err := client.StreamAggregatedResources(context.Background())
	stream.ads = sotw{s}
	return stream, err
}

func (s *opened) listen(name string) {
	for {
		r, err := s.receive()
		if err != nil {
			told := status.Convert(err)
			tell(event{Stream: name, Ended: &ending{Code: told.Code().String(), Message: told.Message()}})
			return
		}
		tell(event{Stream: name, Response: r})
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func main() {
	out.Encoder = json.NewEncoder(os.Stdout)
	streams := map[string]*opened{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var c command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			fail(err)
		}
		switch c.Op {
		case "open":
			s, err := open(c)
			if err != nil {
				fail(err)
			}
			streams[c.Stream] = s
			go s.listen(c.Stream)
		case "send":
			// A stream that has ended takes nothing; its end is told where it is read.
			_ = streams[c.Stream].send(c.Request)
		case "close":
			streams[c.Stream].cut()
		default:
			fail(fmt.Errorf("unknown op %q", c.Op))
		}
	}
}
