package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
)

func TestError_saysItsMessageOrWhatIsWrongWithTheFields(t *testing.T) {
	for want, f := range map[string]*fault.Error{
		"no version 1":                        fault.Missing("no version %d", 1),
		"No consumer with name 'Sh%op' found": fault.NoPacticipant("consumer", "Sh%op"),
		"name must be filled":                 fault.InvalidField("name", "must be %s", "filled"),
		"a is missing; b.c must be a text":    fault.InvalidFields(fault.Field{Name: "a", Message: "is missing"}, fault.Field{Name: "b.c", Message: "must be a text"}),
		"":                                    fault.InvalidFields(),
		"differs, 100% of it":                 fault.New(fault.Conflict, "differs, %d%% of it", 100),
		"the request takes too long; send less at once": fault.New(fault.Unavailable, "the request takes too long; send less at once").Remedied("raise the limit").Coded("slow", "wait"),
	} {
		require.Equal(t, want, f.Error())
	}
	require.True(t, fault.NoPacticipant("provider", "x").MessageShown, "clients print it word for word")
	require.False(t, fault.Missing("x").MessageShown)
}

func TestNoPacticipant_isAnApplicationToTheOwnAPI(t *testing.T) {
	f := fault.NoPacticipant("pacticipant", "Wbe").Adding("Did you mean 'Web'?")
	require.Equal(t, "No pacticipant with name 'Wbe' found. Did you mean 'Web'?", f.Error())
	require.Equal(t, "No application with name 'Wbe' found. Did you mean 'Web'?", f.OwnMessage)
	f = fault.NoPacticipant("provider", "Wbe").Adding("Did you mean 'Web'?")
	require.Equal(t, "No provider with name 'Wbe' found. Did you mean 'Web'?", f.Error())
	require.Empty(t, f.OwnMessage, "both faces call it so")
}

func TestKindOf_looksThroughWhatIsAround(t *testing.T) {
	cause := errors.New("the disk")
	f := fault.New(fault.Unavailable, "busy").Because(cause)
	wrapped := fmt.Errorf("publish: %w", errors.Join(errors.New("other"), f))
	require.Equal(t, fault.Unavailable, fault.KindOf(wrapped))
	require.ErrorIs(t, wrapped, cause, "the cause is kept for the log")
	require.NotContains(t, f.Error(), "disk", "and not shown")
	require.Equal(t, fault.Internal, fault.KindOf(errors.New("x")))
	require.Equal(t, fault.Internal, fault.KindOf(nil))
	require.True(t, fault.Is(wrapped, fault.Unavailable))
	require.False(t, fault.Is(wrapped, fault.NotFound))
	require.False(t, fault.Is(nil, fault.Internal), "nothing is no failure")
	require.True(t, fault.Is(errors.New("x"), fault.Internal))
}

func TestValidateCount_namesTheLimit(t *testing.T) {
	require.Empty(t, fault.ValidateCount(500, fault.MaxListed))
	require.Equal(t, "must have at most 500 elements, and has 501", fault.ValidateCount(501, fault.MaxListed))
	require.Empty(t, fault.ValidateCount(0, 0))
}

func TestOutages_sayWhatIsTheMatterAndWhatToDo(t *testing.T) {
	seen := map[string]bool{}
	for o := fault.DiskFull; o <= fault.FileInUse; o++ {
		f := o.Fault("/srv/accord.db")
		require.Equal(t, fault.Unavailable, f.Kind)
		require.NotEmpty(t, f.Message, o)
		require.False(t, seen[f.Message], f.Message)
		seen[f.Message] = true
		require.NotEmpty(t, f.Remedy, o)
		require.NotContains(t, f.Remedy, "{file}")
	}
	require.Contains(t, fault.FileDamaged.Fault("/srv/accord.db").Remedy, "restore /srv/accord.db from a backup")
}
