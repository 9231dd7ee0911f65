// Package authzproto reads messages of Protocol Buffers for rules of [authzrpc]: the ids that fields hold, and which messages
// methods take. It is what the modules for gRPC and Connect have in common.
package authzproto

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/trellis-authz/trellis/authz/authzrpc"
)

var _ authzrpc.Fields = Field

// Field returns the id that a field of a message holds, by the name that the .proto file has for it; fields of a message within are
// written with dots: "workspace.id". A text is taken as it is, a whole number in its decimal digits. A field that is not set, a number
// that is zero and a message within that is absent are "", which is no id. The error says that there is no such field, or
// that it can hold no id.
func Field(message any, name string) (string, error) {
	m, ok := message.(proto.Message)
	if !ok || m == nil {
		return "", fmt.Errorf("a value of the type %T is no message of Protocol Buffers", message)
	}
	in := m.ProtoReflect()
	for {
		first, rest, nested := strings.Cut(name, ".")
		field := in.Descriptor().Fields().ByName(protoreflect.Name(first))
		switch {
		case field == nil:
			return "", fmt.Errorf("%s has no field %q", in.Descriptor().FullName(), first)
		case field.IsList(), field.IsMap():
			return "", fmt.Errorf("the field %s holds several values, and a scope has one id: use AllowFor", field.FullName())
		case !nested:
			return id(in.Get(field), field)
		case field.Message() == nil:
			return "", fmt.Errorf("the field %s is no message that could have a field %q", field.FullName(), rest)
		}
		in, name = in.Get(field).Message(), rest // of one that is absent: its default values
	}
}

// id returns the value of a field as an id.
func id(v protoreflect.Value, field protoreflect.FieldDescriptor) (string, error) {
	switch field.Kind() {
	case protoreflect.StringKind:
		return v.String(), nil
	case protoreflect.Int32Kind, protoreflect.Int64Kind, protoreflect.Sint32Kind, protoreflect.Sint64Kind, protoreflect.Sfixed32Kind, protoreflect.Sfixed64Kind,
		protoreflect.Uint32Kind, protoreflect.Uint64Kind, protoreflect.Fixed32Kind, protoreflect.Fixed64Kind:
		if text := v.String(); text != "0" {
			return text, nil
		}
		return "", nil
	}
	return "", fmt.Errorf("the field %s is of the kind %s, which is no id: use AllowFor", field.FullName(), field.Kind())
}

// Methods returns the methods of services, by their full names ("notes.v1.Notes"), with the messages that they take. The error names
// each service of which the program has no description.
func Methods(services ...string) ([]authzrpc.Method, error) {
	var list []authzrpc.Method
	var faults []error
	for _, name := range services {
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		service, ok := found.(protoreflect.ServiceDescriptor)
		if err != nil || !ok {
			faults = append(faults, fmt.Errorf("there is no description of a service %q in the program", name))
			continue
		}
		for i := range service.Methods().Len() {
			method := service.Methods().Get(i)
			list = append(list, authzrpc.Method{Name: "/" + name + "/" + string(method.Name()), Message: empty(method.Input())})
		}
	}
	return list, errors.Join(faults...)
}

// Message returns an empty message such as a method takes, by its full name ("/notes.v1.Notes/Get"); nil where the program has no
// description of it.
func Message(method string) any {
	service, name, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
	if err != nil {
		return nil // not there
	}
	if service, ok := found.(protoreflect.ServiceDescriptor); ok {
		if m := service.Methods().ByName(protoreflect.Name(name)); m != nil {
			return empty(m.Input())
		}
	}
	return nil
}

func empty(of protoreflect.MessageDescriptor) any {
	t, err := protoregistry.GlobalTypes.FindMessageByName(of.FullName())
	if err != nil {
		return nil // described, and without a type
	}
	return t.New().Interface()
}
