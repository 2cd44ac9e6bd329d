//go:build ignore

// Writes how Go's encoding/json and time read values of the bucket of holds, as test vectors for HoldCodecTest:
//
//	go run src/test/go/hold_values.go > src/test/resources/vectors/hold-values-go.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf16"
)

// The value as bones declares it.
type hold struct {
	AgentID      string        `json:"agent_id"`
	ClaimedAt    time.Time     `json:"claimed_at"`
	ExpiresAt    time.Time     `json:"expires_at"`
	CheckoutPath string        `json:"checkout_path"`
	TTL          time.Duration `json:"ttl"`
}

type row struct {
	Value        []byte `json:"value"` // base64
	Read         bool   `json:"read"`
	AgentID      string `json:"agent_id,omitempty"`
	Claimed      int64  `json:"claimed,omitempty"` // seconds since 1970
	ClaimedNanos int    `json:"claimed_nanos,omitempty"`
	Expires      int64  `json:"expires,omitempty"`
	ExpiresNanos int    `json:"expires_nanos,omitempty"`
	CheckoutPath string `json:"checkout_path,omitempty"`
	TTL          int64  `json:"ttl,omitempty"`
}

func value(claimed string) string {
	return `{"agent_id":"A","claimed_at":` + claimed + `,"expires_at":"2026-04-19T10:00:30Z","checkout_path":"/c","ttl":30000000000}`
}

func with(members string) string {
	return `{"agent_id":"A","claimed_at":"2026-04-19T10:00:00Z","expires_at":"2026-04-19T10:00:30Z","ttl":30000000000,` + members + `}`
}

func utf16le(text string, mark bool) string {
	var out strings.Builder
	if mark {
		out.WriteString("\xff\xfe")
	}
	for _, unit := range utf16.Encode([]rune(text)) {
		out.WriteByte(byte(unit))
		out.WriteByte(byte(unit >> 8))
	}
	return out.String()
}

func main() {
	var values []string
	for _, text := range []string{
		"2026-04-19T10:00:00Z", "2026-04-19T10:00:00z", "2026-04-19t10:00:00Z", "2026-04-19 10:00:00Z",
		"2026-04-19T9:00:00Z", "2026-04-19T9:00:00+02:00", "2026-04-19T009:00:00Z", "2026-04-19T:00:00Z",
		"2026-04-19T9:0:00Z", "2026-04-19T10:00:0Z", "2026-4-19T10:00:00Z", "2026-04-9T10:00:00Z", "26-04-19T10:00:00Z",
		"02026-04-19T10:00:00Z", "+026-04-19T10:00:00Z", "-026-04-19T10:00:00Z", "2 26-04-19T10:00:00Z", "2x26-04-19T10:00:00Z",
		"2026-04-19T10:00:00,5Z", "2026-04-19T10:00:00,123456789Z", "2026-04-19T10:00:00.1234567891234Z",
		"2026-04-19T10:00:00.999999999999+01:00", "2026-04-19T10:00:00.Z", "2026-04-19T10:00:00,Z", "2026-04-19T10:00:00.5.5Z",
		"2026-04-19T10:00:00.5,5Z", "2026-04-19T10:00:00.x5Z", "2026-04-19T10:00:00.5", "2026-04-19T9:00:00,5Z",
		"2026-04-19T10:00:00+18:00", "2026-04-19T10:00:00+18:01", "2026-04-19T10:00:00-18:01", "2026-04-19T10:00:00+19:00",
		"2026-04-19T10:00:00+23:59", "2026-04-19T10:00:00-23:59", "2026-04-19T10:00:00+24:00", "2026-04-19T10:00:00-24:60",
		"2026-04-19T10:00:00+24:60", "2026-04-19T10:00:00+24:61", "2026-04-19T10:00:00+25:00", "2026-04-19T10:00:00+00:00",
		"2026-04-19T10:00:00-00:00", "2026-04-19T10:00:00-00:01", "2026-04-19T10:00:00+2:00", "2026-04-19T10:00:00+0200",
		"2026-04-19T10:00:00+02", "2026-04-19T10:00:00+02:0", "2026-04-19T10:00:00+02:00:00", "2026-04-19T10:00:00*02:00",
		"2026-04-19T10:00:00 02:00", "2026-04-19T10:00:00+0x:00", "2026-04-19T10:00:00", "2026-04-19T10:00Z", "2026-04-19",
		"2026", "", " 2026-04-19T10:00:00Z", "2026-04-19T10:00:00Z ", "2026-04-19T10:00:00Zx", "2026-04-19T10:00:00ZZ",
		"2026-04-19T10:00:60Z", "2026-04-19T10:60:00Z", "2026-04-19T24:00:00Z", "2026-04-19T23:59:59Z", "2026-04-31T10:00:00Z",
		"2026-02-29T10:00:00Z", "2024-02-29T10:00:00Z", "1900-02-29T10:00:00Z", "2000-02-29T10:00:00Z", "2026-00-19T10:00:00Z",
		"2026-13-19T10:00:00Z", "2026-04-00T10:00:00Z", "2026-04-32T10:00:00Z", "0000-01-01T00:00:00Z", "0000-01-01T00:00:00+00:01",
		"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:59.999999999-24:60",
		"٢٠٢٦-04-19T10:00:00Z", "2026-04-19T10:00:00\u2212" + "02:00", "2026-W16-7T10:00:00Z", "2026-109T10:00:00Z", "now", "1776592800",
	} {
		values = append(values, value(`"`+text+`"`))
	}
	for _, claimed := range []string{
		`null`, `0`, `1776592800`, `{}`, `[]`, `true`, `"2026-04-19T10:00:00\u005a"`, `"2026\u002d04-19T10:00:00Z"`, `"null"`,
	} {
		values = append(values, value(claimed))
	}
	values = append(values,
		`{"agent_id":"A","expires_at":"2026-04-19T10:00:30Z","ttl":1}`,
		`{"agent_id":"A","claimed_at":"2026-04-19T10:00:00Z","ttl":1}`,
		`{"agent_id":"A","ttl":1}`,
		`{"agent_id":"A","claimed_at":null,"expires_at":null,"checkout_path":null,"ttl":1}`,
		"\ufeff"+value(`"2026-04-19T10:00:00Z"`),
		utf16le(value(`"2026-04-19T10:00:00Z"`), false), utf16le(value(`"2026-04-19T10:00:00Z"`), true),
		" \t\r\n"+value(`"2026-04-19T10:00:00Z"`)+" \n", "\v"+value(`"2026-04-19T10:00:00Z"`), value(`"2026-04-19T10:00:00Z"`)+"\x00",
		value(`"2026-04-19T10:00:00Z"`)+"{}", value(`"2026-04-19T10:00:00Z"`)+"//", "/* */"+value(`"2026-04-19T10:00:00Z"`),
		with(`"x":1,`), with(`"x":01`), with(`"x":1e999999`), with(`"x":.5`), with(`"x":NaN`), with(`"x":'y'`), with(`x:1`),
		with(`"x":"a\x"`), with("\"x\":\"a\nb\""), with("\"x\":\"a\x01b\""), with("\"x\":\"a\x7fb\""), with(`"x":"\ud800"`), with(`"x":"\u12"`),
		with("\"x\":\"\xff\""), with("\"\xff\":1"), with(`"x":`+strings.Repeat("[", 1500)+strings.Repeat("]", 1500)),
		with(`"x":`+strings.Repeat("[", 10000)+strings.Repeat("]", 10000)), with(`"x":`+strings.Repeat("9", 2000)),
		with(`"`+strings.Repeat("n", 60000)+`":1`),
		with(`"checkout_path":"a\ud800b"`), with(`"checkout_path":"a\udc00\ud800b"`), with(`"checkout_path":"\ud83d\ude00"`),
		with("\"checkout_path\":\"a\xffb\""), with("\"checkout_path\":\"a\xc3\""), with(`"checkout_path":"\u0000"`), with(`"checkout_path":"\/"`),
		with(`"checkout_path":7`), with(`"checkout_path":{}`), with(`"checkout_path":null`), with(`"checkout_path":"a","checkout_path":"b"`),
		with(`"checkout_path":"a","checkout_path":null`), with(`"checkout_path":"a","CHECKOUT_PATH":"b"`), with(`"Checkout_Path":"a","checkout_path":"b"`),
		with(`"checKout_path":"kelvin"`), with(`"agent_ıd":"dotless"`), with(`"AGENT_İD":"dotted"`), with(`"agent_id ":"B"`), with(`"agent-id":"B"`),
		with(`"ttl":null`), with(`"ttl":1.0`), with(`"ttl":1e3`), with(`"ttl":"1"`), with(`"ttl":9223372036854775807`), with(`"ttl":9223372036854775808`),
		with(`"ttl":true`), with(`"ttl":1`), with(`"agent_id":7`), with(`"agent_id":"B"`), with(`"agent_id":["B"]`),
		with(`"hold_id":7`), with(`"hold_id":null`), with(`"hold_id":{}`), with(`"token":"x"`), with(`"token":1.5`), with(`"token":-1`), with(`"token":null`),
		`[`+value(`"2026-04-19T10:00:00Z"`)+`]`, `"A"`, `7`, `true`, `{`, ``, ` `, "\x00", "\xff",
	)

	rows := []row{}
	for _, text := range values {
		var h hold
		if json.Unmarshal([]byte(text), &h) != nil {
			rows = append(rows, row{Value: []byte(text)})
		} else {
			rows = append(rows, row{[]byte(text), true, h.AgentID, h.ClaimedAt.Unix(), h.ClaimedAt.Nanosecond(),
				h.ExpiresAt.Unix(), h.ExpiresAt.Nanosecond(), h.CheckoutPath, int64(h.TTL)})
		}
	}
	fmt.Println(`{"values": [`)
	for i, r := range rows {
		line, err := json.Marshal(r)
		if err != nil {
			panic(err)
		}
		comma := ","
		if i == len(rows)-1 {
			comma = ""
		}
		os.Stdout.Write(append(line, comma+"\n"...))
	}
	fmt.Println(`]}`)
}
