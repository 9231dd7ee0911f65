package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/language/pkg/go/transformer"
	"github.com/openfga/openfga/pkg/server"
	"github.com/openfga/openfga/pkg/storage"
	"github.com/openfga/openfga/pkg/storage/memory"
	"github.com/openfga/openfga/pkg/storage/migrate"
	"github.com/openfga/openfga/pkg/storage/sqlcommon"
	"github.com/openfga/openfga/pkg/storage/sqlite"
	"google.golang.org/protobuf/types/known/structpb"
)

// OpenFGA in process, its server used as a library (openfga.dev/docs/getting-started/setup-openfga, "Configuring Data
// Storage"): no network, and nothing to serialise on the way. With its in-memory datastore, which reads every tuple for
// many a question and for each write; and with SQLite in a temporary folder, which has indexes and keeps up better when
// there are many tuples. Postgres and MySQL would add a connection to that. The model is that of "Modeling Guides: Roles and Permissions" and "Parent-Child
// Objects" (openfga.dev/docs/modeling): a relation for each role and for each permission of a workspace, an
// organisation's admins through the workspace's org. The condition is one of OpenFGA's own ("Conditions"): the
// workspace's department is in the tuple's context, the principal's comes with the request. The request names the model,
// as "Running OpenFGA in Production" advises. Its caches of decisions are off: they answer with what was so a while ago.

type openfgaEngine struct {
	w      *workload
	sqlite bool
	folder string // of SQLite's file
	server *server.Server
	store  string
	model  string
	asked  []*openfgav1.CheckRequest
}

func (o *openfgaEngine) name() string {
	if o.sqlite {
		return "OpenFGA, in process, SQLite"
	}
	return "OpenFGA, in process, in memory"
}

// datastore opens the datastore, and tells how many tuples it takes at once.
func (o *openfgaEngine) datastore() (_ storage.OpenFGADatastore, batch int, err error) {
	if !o.sqlite {
		return memory.New(memory.WithMaxTuplesPerWrite(5000)), 5000, nil
	}
	if o.folder, err = os.MkdirTemp("", "bench"); err != nil {
		return nil, 0, err
	}
	uri := "file:" + filepath.Join(o.folder, "openfga.db")
	if err := migrate.RunMigrations(migrate.MigrationConfig{Engine: "sqlite", URI: uri, Timeout: time.Minute, PingTimeout: time.Minute}); err != nil {
		return nil, 0, err
	}
	store, err := sqlite.New(uri, sqlcommon.NewConfig())
	return store, 100, err
}

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
	datastore, batch, err := o.datastore()
	if err != nil {
		return err
	}
	o.server, err = server.NewServerWithOpts(server.WithDatastore(datastore))
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

func (o *openfgaEngine) close() {
	o.server.Close()
	if o.folder != "" {
		_ = os.RemoveAll(o.folder)
	}
}
