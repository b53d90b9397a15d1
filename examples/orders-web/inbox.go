package ordersweb

import "fmt"

// Shipped is the message that orders-api sends when an order leaves the house.
type Shipped struct {
	OrderID int    `json:"orderId" pact:"example=42"`
	Carrier string `json:"carrier" pact:"example=Snail Mail"`
}

// Inbox holds what customers are told.
type Inbox struct {
	Lines []string
}

// Receive tells the customer about a shipment. A message without a carrier is
// an error, because the customer could not follow the parcel.
func (i *Inbox) Receive(message Shipped) error {
	if message.Carrier == "" {
		return fmt.Errorf("order %d was shipped by nobody", message.OrderID)
	}
	i.Lines = append(i.Lines, fmt.Sprintf("Order %d is on its way with %s.", message.OrderID, message.Carrier))
	return nil
}
