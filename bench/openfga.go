package main

import (
	"context"
	"fmt"
	"strings"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/language/pkg/go/transformer"
	"github.com/openfga/openfga/pkg/server"
	"github.com/openfga/openfga/pkg/storage/memory"
	"google.golang.org/protobuf/types/known/structpb"
)

// OpenFGA as a library ("Use OpenFGA as a library in Go", openfga.dev), in process with its in-memory datastore: no
// network, no database, no serialisation. The model is that of "Modeling Guides: Roles and Permissions" and "Parent-Child
// Objects" (openfga.dev/docs/modeling): a relation for each role and for each permission of a workspace, an
// organisation's admins through the workspace's org. The condition is one of OpenFGA's own ("Conditions"): the
// workspace's department is in the tuple's context, the principal's comes with the request. The request names the model,
// as "Running OpenFGA in Production" advises. Its caches of decisions are off: they answer with what was so a while ago.

type openfgaEngine struct {
	w      *workload
	server *server.Server
	store  string
	model  string
	asked  []*openfgav1.CheckRequest
}

func (o *openfgaEngine) name() string { return "OpenFGA, in process, in memory" }

func relation(leaf int32, level uint8) string {
	return strings.ReplaceAll(leafNames[leaf], ".", "_") + "_" + levelNames[level]
}

func (o *openfgaEngine) dsl() string {
	w := o.w
	var org, workspace strings.Builder
	for _, r := range w.roles {
		if r.org {
			fmt.Fprintf(&org, "    define %s: [user]\n", r.name)
			fmt.Fprintf(&workspace, "    define %s: %[1]s from org\n", r.name)
		} else {
			fmt.Fprintf(&workspace, "    define %s: [user]\n", r.name)
		}
	}
	if w.conditional {
		workspace.WriteString("    define department: [user:* with same_department]\n")
	}
	for leaf := range int32(len(leafNames)) {
		for _, level := range []uint8{read, edit} {
			var always, may, above []string
			for _, r := range w.roles {
				switch {
				case r.always[leaf] >= level:
					always = append(always, r.name)
					if r.org {
						above = append(above, r.name)
					}
				case r.may != nil && r.may[leaf] >= level:
					may = append(may, r.name)
				}
			}
			fmt.Fprintf(&org, "    define %s: %s\n", relation(leaf, level), strings.Join(above, " or "))
			if len(may) > 0 {
				either := strings.Join(may, " or ")
				if len(may) > 1 {
					either = "(" + either + ")"
				}
				always = append(always, "("+either+" and department)")
			}
			fmt.Fprintf(&workspace, "    define %s: %s\n", relation(leaf, level), strings.Join(always, " or "))
		}
	}
	text := "model\n  schema 1.1\n\ntype user\n\ntype org\n  relations\n" + org.String() +
		"\ntype workspace\n  relations\n    define org: [org]\n" + workspace.String()
	if w.conditional {
		text += "\ncondition same_department(principal: string, workspace: string) {\n  principal == workspace\n}\n"
	}
	return text
}

func (o *openfgaEngine) load() error {
	w, ctx := o.w, context.Background()
	model, err := transformer.TransformDSLToProto(o.dsl())
	if err != nil {
		return err
	}
	const batch = 5000
	o.server, err = server.NewServerWithOpts(server.WithDatastore(memory.New(memory.WithMaxTuplesPerWrite(batch))))
	if err != nil {
		return err
	}
	store, err := o.server.CreateStore(ctx, &openfgav1.CreateStoreRequest{Name: "bench"})
	if err != nil {
		return err
	}
	o.store = store.GetId()
	written, err := o.server.WriteAuthorizationModel(ctx, &openfgav1.WriteAuthorizationModelRequest{
		StoreId: o.store, SchemaVersion: model.GetSchemaVersion(),
		TypeDefinitions: model.GetTypeDefinitions(), Conditions: model.GetConditions(),
	})
	if err != nil {
		return err
	}
	o.model = written.GetAuthorizationModelId()
	var tuples []*openfgav1.TupleKey
	for s, org := range w.parent {
		if org < 0 {
			continue
		}
		tuples = append(tuples, &openfgav1.TupleKey{User: "org:" + w.orgID(org), Relation: "org", Object: o.object(int32(s))})
		if w.conditional {
			tuples = append(tuples, &openfgav1.TupleKey{User: "user:*", Relation: "department", Object: o.object(int32(s)),
				Condition: &openfgav1.RelationshipCondition{Name: "same_department", Context: fields("workspace", departmentNames[w.department[s]])}})
		}
	}
	for m := range int32(w.members) {
		id := "user:" + w.memberID(m)
		for _, a := range w.of(m) {
			tuples = append(tuples, &openfgav1.TupleKey{User: id, Relation: w.roles[a.role].name, Object: o.object(a.scope)})
		}
	}
	for len(tuples) > 0 {
		some := tuples[:min(batch, len(tuples))]
		tuples = tuples[len(some):]
		if _, err := o.server.Write(ctx, &openfgav1.WriteRequest{
			StoreId: o.store, AuthorizationModelId: o.model, Writes: &openfgav1.WriteRequestWrites{TupleKeys: some},
		}); err != nil {
			return err
		}
	}
	return nil
}

func fields(key, value string) *structpb.Struct {
	return &structpb.Struct{Fields: map[string]*structpb.Value{key: structpb.NewStringValue(value)}}
}

func (o *openfgaEngine) object(s int32) string {
	if o.w.parent[s] < 0 {
		return "org:" + o.w.orgID(s)
	}
	return "workspace:" + o.w.workspaceID(s)
}

func (o *openfgaEngine) prepare(requests []request) error {
	o.asked = make([]*openfgav1.CheckRequest, len(requests))
	for i, r := range requests {
		o.asked[i] = &openfgav1.CheckRequest{
			StoreId: o.store, AuthorizationModelId: o.model,
			TupleKey: &openfgav1.CheckRequestTupleKey{User: "user:" + o.w.memberID(r.member), Relation: relation(r.leaf, r.level), Object: o.object(r.scope)},
		}
		if o.w.conditional {
			o.asked[i].Context = fields("principal", departmentNames[o.w.belong[r.member]])
		}
	}
	return nil
}

func (o *openfgaEngine) run(from, n int) (allowed int) {
	ctx, mask := context.Background(), len(o.asked)-1
	for i := from; i < from+n; i++ {
		if answer, err := o.server.Check(ctx, o.asked[i&mask]); err == nil && answer.GetAllowed() {
			allowed++
		}
	}
	return allowed
}

func (o *openfgaEngine) close() { o.server.Close() }
