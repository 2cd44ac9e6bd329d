// Prints how encoding/json reads share messages, as the Go programs that share the subjects do: the vectors in
// src/test/resources/vectors/share-messages-go.json. Run: go run src/test/go/share-messages/main.go
package main

import (
	"encoding/json"
	"os"
	"strings"
)

type cubeFS struct {
	Volume    string   `json:"volume"`
	Masters   []string `json:"masters"`
	Owner     string   `json:"owner"`
	AccessKey string   `json:"access_key"`
	SecretKey string   `json:"secret_key"`
	Subdir    string   `json:"subdir"`
}

type shareMount struct {
	ID         string  `json:"id"`
	Action     string  `json:"action"`
	Backend    string  `json:"backend"`
	MountPoint string  `json:"mount_point"`
	Readonly   bool    `json:"readonly"`
	CubeFS     *cubeFS `json:"cubefs"`
}

type row struct {
	Name    string      `json:"name"`
	Input   []byte      `json:"input_base64"`
	Refused bool        `json:"refused"`
	Share   *shareMount `json:"share,omitempty"`
}

const (
	head  = `{"id":"a","mount_point":"/workspace/a",`
	part  = `"cubefs":{"volume":"v","masters":["h:1"],"owner":"o"}`
	plain = head + part + `}`
)

// Each input is valid apart from what its name says.
var inputs = [][2]string{
	{"plain", plain},
	{"white space around", " \t\r\n" + plain + " \t\r\n"},
	{"as Go's encoder writes an unmount", `{"id":"a","action":"unmount","backend":"","mount_point":"/workspace/a","readonly":false,"cubefs":null}`},
	{"names in another case", `{"ID":"a","Mount_Point":"/workspace/a","CUBEFS":{"Volume":"v","MASTERS":["h:1"],"oWNER":"o"}}`},
	{"long s and Kelvin sign in names", head + `"cubefſ":{"volume":"v","maſters":["h:1"],"owner":"o","acce\u017fs_\u212aey":"k"}}`},
	{"Turkish i in a name is another name", `{"id":"a","İd":"b","ıd":"c","mount_point":"/workspace/a",` + part + `}`},
	{"escaped name", `{"\u0069d":"a","mount_point":"/workspace/a",` + part + `}`},
	{"repeated text, the last counts", head + part + `,"id":"b"}`},
	{"repeated text in another case", head + part + `,"ID":"b"}`},
	{"repeated text, null keeps", head + part + `,"id":null}`},
	{"null text first", `{"id":null,"mount_point":"/workspace/a",` + part + `,"id":"b"}`},
	{"repeated text, a number is refused", `{"id":5,"mount_point":"/workspace/a",` + part + `,"id":"b"}`},
	{"repeated flag, null keeps", head + `"readonly":true,"readonly":null,` + part + `}`},
	{"repeated flag, the last counts", head + `"readonly":true,"readonly":false,` + part + `}`},
	{"repeated object is merged", head + part + `,"cubefs":{"subdir":"s","owner":"p"}}`},
	{"repeated object, null removes", `{"id":"a","action":"unmount",` + part + `,"cubefs":null}`},
	{"repeated object, merged after null", head + `"cubefs":{"subdir":"s"},"cubefs":null,` + part + `}`},
	{"repeated object in another case is merged", head + part + `,"CubeFS":{"subdir":"s"}}`},
	{"empty object changes nothing", head + part + `,"cubefs":{}}`},
	{"repeated list, the last counts", head + `"cubefs":{"volume":"v","owner":"o","masters":["h:1","h:2"],"masters":["h:3"]}}`},
	{"repeated list, null removes", head + part + `,"cubefs":{"masters":null,"masters":["h:4"]}}`},
	{"repeated list, null elements keep", head + `"cubefs":{"volume":"v","owner":"o","masters":["h:1","h:2"],"masters":[null,"h:3"]}}`},
	{"repeated list, null elements keep what a shorter list hid", head + `"cubefs":{"volume":"v","owner":"o","masters":["h:1","h:2"],"masters":["h:3"],"masters":[null,null]}}`},
	{"list over two objects", head + part + `,"cubefs":{"masters":[null,"h:2"]}}`},
	{"number in a list", head + part + `,"cubefs":{"masters":["h:1",5]}}`},
	{"object in a list", head + part + `,"cubefs":{"masters":[{}]}}`},
	{"text for a list", head + part + `,"cubefs":{"masters":"h:1"}}`},
	{"text for an object", head + `"cubefs":"v"}`},
	{"list for an object", head + `"cubefs":[]}`},
	{"number for a text", `{"id":5,"mount_point":"/workspace/a",` + part + `}`},
	{"object for a text", `{"id":{},"mount_point":"/workspace/a",` + part + `}`},
	{"flag for a text", `{"id":true,"mount_point":"/workspace/a",` + part + `}`},
	{"text for a flag", head + `"readonly":"true",` + part + `}`},
	{"number for a flag", head + `"readonly":1,` + part + `}`},
	{"wrong type in the part of an unmount", `{"id":"a","action":"unmount","cubefs":{"masters":5}}`},
	{"wrong type of the part of an unmount", `{"id":"a","action":"unmount","cubefs":5}`},
	{"wrong type in the part of another backend", `{"id":"a","backend":"virtio9p","mount_point":"/workspace/a","cubefs":{"volume":5}}`},
	{"unknown fields of every type", head + `"x":[1,{"y":null,"id":"b"},-0.5e3,true],"":0,` + part + `}`},
	{"unknown field twice", head + `"x":1,"x":{},` + part + `}`},
	{"unknown number beyond every range", head + `"x":1e999,"y":123456789012345678901234567890,` + part + `}`},
	{"unknown number of 2,000 digits", head + `"x":` + strings.Repeat("9", 2000) + `,` + part + `}`},
	{"invalid UTF-8 in an unknown field", head + "\"x\":\"\xff\xc3(\xed\xa0\x80\"," + part + `}`},
	{"invalid UTF-8 in an unknown name", head + "\"x\xff\":1," + part + `}`},
	{"invalid UTF-8 in the middle of a character", head + `"cubefs":{"volume":"v","masters":["h:1"],"owner":"` + "o\xe2\x82p\xf0\x9f" + `"}}`},
	{"half a surrogate pair in an unknown field", head + `"x":"\ud800",` + part + `}`},
	{"escapes", head + `"cubefs":{"volume":"v","masters":["h:1"],"owner":"\"\\\/<>\u0026\u00e9\ud83d\ude00 é😀"}}`},
	{"line separator", head + "\"cubefs\":{\"volume\":\"v\",\"masters\":[\"h:1\"],\"owner\":\"a\u2028\"}}"},
	{"byte order mark", "\ufeff" + plain},
	{"UTF-16, big end first", utf16(plain, 1)},
	{"UTF-16, little end first", utf16(plain, 0)},
	{"UTF-32", "\x00\x00\x00{\x00\x00\x00}"},
	{"a no-break space outside", "\u00a0" + plain},
	{"raw line break in a text", head + "\"x\":\"a\nb\"," + part + `}`},
	{"raw DEL in a text", head + "\"x\":\"a\x7fb\"," + part + `}`},
	{"raw zero byte after the end", plain + "\x00"},
	{"unknown escape", head + `"x":"\x41",` + part + `}`},
	{"escaped single quote", head + `"x":"\'",` + part + `}`},
	{"single quotes", `{'id':'a'}`},
	{"name without quotes", `{id:"a"}`},
	{"comment", head + `/* x */` + part + `}`},
	{"trailing comma", head + part + `,}`},
	{"trailing comma in a list", head + `"x":[1,],` + part + `}`},
	{"missing element", head + `"x":[1,,2],` + part + `}`},
	{"leading zero", head + `"x":01,` + part + `}`},
	{"leading plus", head + `"x":+1,` + part + `}`},
	{"leading point", head + `"x":.5,` + part + `}`},
	{"trailing point", head + `"x":5.,` + part + `}`},
	{"NaN", head + `"x":NaN,` + part + `}`},
	{"capital literal", head + `"readonly":True,` + part + `}`},
	{"cut literal", head + `"x":nul,` + part + `}`},
	{"second object", plain + `{}`},
	{"text after the end", plain + `x`},
	{"cut off", plain[:len(plain)-1]},
	{"list", `[` + plain + `]`},
	{"text", `"a"`},
	{"empty", ""},
	{"blank", " "},
}

func utf16(text string, at int) string {
	wide := make([]byte, 2*len(text))
	for i := range text {
		wide[2*i+at] = text[i]
	}
	return string(wide)
}

func main() {
	rows := make([]row, 0, len(inputs))
	for _, input := range inputs {
		var share shareMount
		err := json.Unmarshal([]byte(input[1]), &share)
		next := row{Name: input[0], Input: []byte(input[1]), Refused: err != nil}
		if err == nil {
			next.Share = &share
		}
		rows = append(rows, next)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(rows); err != nil {
		panic(err)
	}
}
