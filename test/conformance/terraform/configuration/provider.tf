# What users write for their own control plane: the stock provider, and one endpoint.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100.0"
    }
  }
}

variable "endpoint" {
  description = "Where the control plane's API is."
  type        = string
}

variable "edited" {
  description = "Whether this is the configuration after its owner's edits: every resource changes in place."
  type        = bool
  default     = false
}

# Keys and region come from the environment.
provider "aws" {
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true

  endpoints {
    appmesh = var.endpoint
  }

  default_tags {
    tags = var.edited ? { Team = "mesh", Stage = "live" } : { Team = "mesh", Origin = "terraform" }
  }
}
