package authzproto_test

import (
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/apipb"
	"google.golang.org/protobuf/types/known/sourcecontextpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/trellis-authz/trellis/authz/authzproto"
)

func TestAFieldIsReadAsAnID(t *testing.T) {
	api := &apipb.Api{Name: "acme", SourceContext: &sourcecontextpb.SourceContext{FileName: "a/b"}}
	for _, test := range []struct {
		message any
		field   string
		want    string // or, after "error: ", a part of the error
	}{
		{api, "name", "acme"},
		{api, "version", ""}, // not set
		{api, "source_context.file_name", "a/b"},
		{&apipb.Api{}, "source_context.file_name", ""}, // of a message that is absent
		{(*apipb.Api)(nil), "name", ""},
		{structpb.NewStringValue("x"), "string_value", "x"}, // one of several
		{structpb.NewBoolValue(true), "string_value", ""},
		{wrapperspb.Int32(7), "value", "7"},
		{wrapperspb.Int64(-9223372036854775808), "value", "-9223372036854775808"},
		{wrapperspb.UInt32(4294967295), "value", "4294967295"},
		{wrapperspb.UInt64(18446744073709551615), "value", "18446744073709551615"},
		{wrapperspb.UInt64(0), "value", ""},

		{api, "nothing", `error: google.protobuf.Api has no field "nothing"`},
		{api, "", `error: google.protobuf.Api has no field ""`},
		{api, "sourceContext.fileName", `error: google.protobuf.Api has no field "sourceContext"`},
		{api, "source_context.nothing", `error: google.protobuf.SourceContext has no field "nothing"`},
		{api, "source_context.", `error: google.protobuf.SourceContext has no field ""`},
		{api, "source_context", "error: the field google.protobuf.Api.source_context is of the kind message, which is no id: use AllowFor"},
		{api, "name.x", `error: the field google.protobuf.Api.name is no message that could have a field "x"`},
		{api, "methods", "error: the field google.protobuf.Api.methods holds several values, and a scope has one id: use AllowFor"},
		{api, "methods.name", "error: the field google.protobuf.Api.methods holds several values"},
		{&structpb.Struct{}, "fields", "error: the field google.protobuf.Struct.fields holds several values"},
		{api, "syntax", "error: the field google.protobuf.Api.syntax is of the kind enum, which is no id"},
		{wrapperspb.Double(1), "value", "is of the kind double"},
		{wrapperspb.Bool(true), "value", "is of the kind bool"},
		{wrapperspb.Bytes([]byte("acme")), "value", "is of the kind bytes"},
		{nil, "name", "error: a value of the type <nil> is no message of Protocol Buffers"},
		{"acme", "name", "error: a value of the type string is no message of Protocol Buffers"},
	} {
		got, err := authzproto.Field(test.message, test.field)
		if err != nil {
			if got != "" {
				t.Errorf("%T.%s: an error, and %q", test.message, test.field, got)
			}
			got = "error: " + err.Error()
		}
		if got != test.want && (err == nil || !strings.Contains(got, test.want)) {
			t.Errorf("%T.%s: %q, want %q", test.message, test.field, got, test.want)
		}
	}
}

// describe has the program know a file, of a service with a method that takes a message that is known, and one that takes
// another, of which there is a description and no type.
var describe = sync.OnceValue(func() error {
	method := func(name, input string) *descriptorpb.MethodDescriptorProto {
		return &descriptorpb.MethodDescriptorProto{Name: proto.String(name), InputType: proto.String(input), OutputType: proto.String(".google.protobuf.Api")}
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("described.proto"), Package: proto.String("described.v1"), Syntax: proto.String("proto3"), Dependency: []string{"google/protobuf/api.proto"},
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("Alone")}},
		Service: []*descriptorpb.ServiceDescriptorProto{{Name: proto.String("Service"), Method: []*descriptorpb.MethodDescriptorProto{
			method("Get", ".google.protobuf.Api"), method("Put", ".described.v1.Alone"),
		}}},
	}, protoregistry.GlobalFiles)
	if err != nil {
		return err
	}
	return protoregistry.GlobalFiles.RegisterFile(file)
})

func TestMethodsAreThoseOfTheDescription(t *testing.T) {
	if err := describe(); err != nil {
		t.Fatal(err)
	}
	methods, err := authzproto.Methods("described.v1.Service")
	if err != nil || len(methods) != 2 {
		t.Fatalf("%v, %v", methods, err)
	}
	if _, is := methods[0].Message.(*apipb.Api); methods[0].Name != "/described.v1.Service/Get" || !is {
		t.Errorf("%+v", methods[0])
	}
	if methods[1].Name != "/described.v1.Service/Put" || methods[1].Message != nil {
		t.Errorf("%+v", methods[1])
	}
	if _, is := authzproto.Message("/described.v1.Service/Get").(*apipb.Api); !is {
		t.Error("a method's message is not found")
	}
	for _, name := range []string{"/described.v1.Service/Put", "/described.v1.Service/Nothing", "/described.v1.Alone/Get", "/nothing/Get", "", "/", "/a/b/c"} {
		if m := authzproto.Message(name); m != nil {
			t.Errorf("%q takes %T", name, m)
		}
	}
	methods, err = authzproto.Methods("described.v1.Service", "nothing", "described.v1.Alone", "")
	want := `there is no description of a service "nothing" in the program
there is no description of a service "described.v1.Alone" in the program
there is no description of a service "" in the program`
	if len(methods) != 2 || err == nil || err.Error() != want {
		t.Errorf("%v, %v", methods, err)
	}
}
