package events

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNamed_knowsEveryField(t *testing.T) {
	var data Data
	fields := reflect.ValueOf(&data).Elem()
	for i := range fields.NumField() {
		switch field := fields.Field(i); field.Kind() {
		case reflect.String:
			field.SetString("x")
		case reflect.Int64:
			field.SetInt(1)
		case reflect.Map:
			field.Set(reflect.ValueOf(map[string]int64{"x": 1}))
		case reflect.Slice:
			field.Set(reflect.ValueOf([]string{"x"}))
		default:
			field.Set(reflect.ValueOf(new(bool)))
		}
	}
	require.Len(t, data.Named(), fields.NumField())
	require.Empty(t, Data{}.Named())
}

func TestTexts_countsWhatWasDeleted(t *testing.T) {
	texts := Fact{Type: CleanupEnded, Subject: TheBroker, Data: Data{Outcome: "finished", Deleted: map[string]int64{"versions": 3, "results_of_versions": 7}}}.Texts()
	require.Equal(t, "results_of_versions 7, versions 3", texts["deleted"])
	require.Equal(t, "finished", texts["outcome"])
}

func TestCloudEvent_isJSONOfVersionOne(t *testing.T) {
	no := false
	fact := Fact{
		ID: "f1", Type: VerificationFailed, Time: time.Date(2026, 11, 21, 10, 0, 0, 5000, time.FixedZone("", 3600)), Subject: "Stock", RequestID: "r1",
		Data: Data{Consumer: "Shop", Provider: "Stock", ResultNumber: 7, Success: &no, ConsumerVersionTags: []string{"dev"}},
	}
	require.Equal(t, "urn:accord", fact.CloudEvent("")["source"], "a source must not be empty")
	text, err := json.Marshal(fact.CloudEvent("https://broker.example.org"))
	require.NoError(t, err)
	require.JSONEq(t, `{"specversion":"1.0","id":"f1","source":"https://broker.example.org","type":"accord.provider_verification_failed","subject":"Stock",
		"time":"2026-11-21T09:00:00.000005Z","datacontenttype":"application/json","requestid":"r1",
		"data":{"consumer":"Shop","provider":"Stock","result_number":7,"success":false,"consumer_version_tags":["dev"]}}`, string(text))
}
