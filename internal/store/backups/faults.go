package backups

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/minio/minio-go/v7"
)

// explained says of what a store, or the way to it, has answered what to do about it.
func (b *bucket) explained(doing string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if remedy := b.remedy(err); remedy != "" {
		return fmt.Errorf("%s: %s (%w)", doing, remedy, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func (b *bucket) remedy(err error) string {
	switch minio.ToErrorResponse(err).Code {
	case "NoSuchBucket", "InvalidBucketName":
		return fmt.Sprintf("there is no bucket %s at %s; make it, or correct PACT_BROKER_BACKUP_TO", b.name, b.store.Endpoint)
	case "NoSuchKey":
		return "there is no such backup; `broker restore " + b.address("") + "` takes the newest"
	case "AccessDenied", "AllAccessDisabled":
		return fmt.Sprintf("the store does not allow it; the keys need s3:ListBucket on the bucket %s, and s3:PutObject, s3:GetObject and s3:DeleteObject in it", b.name)
	case "InvalidAccessKeyId", "XAdminUserNotFound", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken":
		return "the store does not know these keys; check PACT_BROKER_BACKUP_S3_ACCESS_KEY and PACT_BROKER_BACKUP_S3_SECRET_KEY"
	case "AuthorizationHeaderMalformed", "PermanentRedirect", "InvalidRegion", "IllegalLocationConstraintException":
		return fmt.Sprintf("the bucket is not in the region %s; set PACT_BROKER_BACKUP_S3_REGION to the one in which it is", b.store.Region)
	case "RequestTimeTooSkewed":
		return "the clock of this machine is wrong; set it"
	case "EntityTooLarge", "QuotaExceeded", "XMinioStorageFull", "InsufficientCapacity":
		return "the store has no room for it; make some, or keep fewer (PACT_BROKER_BACKUP_KEEP)"
	}
	var unreached *url.Error
	var network net.Error
	if errors.As(err, &unreached) || errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("the store at %s does not answer; check PACT_BROKER_BACKUP_S3_ENDPOINT, and that this machine may reach it", b.store.Endpoint)
	}
	return ""
}
